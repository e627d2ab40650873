# One image for every role. Built in two stages, so that no compiler reaches the running one.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/heldout
# Exactly what the lock names, by hash. requirements-gpu.lock scores on a GPU;
# requirements-light.lock is for roles that score no models.
ARG LOCK=requirements.lock
COPY ${LOCK} ./
RUN /opt/heldout/bin/pip install --no-cache-dir --require-hashes --requirement ${LOCK}
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY alembic ./alembic
COPY client ./client
COPY server ./server
RUN /opt/heldout/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin heldout \
    && install -d -o heldout -g heldout -m 0700 /data /data/keys /data/labels /data/datasets
COPY --from=build /opt/heldout /opt/heldout
ENV PATH=/opt/heldout/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HELDOUT_DATA=/data
USER heldout
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["heldout-server", "serve"]
