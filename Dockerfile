# One image for every role. What builds it (pip, strip, the handbook's generator) stays in stages of its own.
# By its digest: --build-arg BASE=python:3.12-slim@sha256:…, as deploy/compose.pinned.yml has it.
ARG BASE=python:3.12-slim

FROM ${BASE} AS packages
WORKDIR /src
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends binutils \
    && python -m venv /opt/heldout
# Exactly what the lock names, by hash. requirements-gpu.lock scores on a GPU;
# requirements-light.lock scores plain models without TensorFlow, in a quarter of the space.
ARG LOCK=requirements.lock
COPY ${LOCK} ./
RUN /opt/heldout/bin/pip install --no-cache-dir --no-compile --require-hashes --requirement ${LOCK}

# The handbook, read from the docs and from the code.
FROM packages AS handbook
COPY requirements-image.lock ./
RUN /opt/heldout/bin/pip install --no-cache-dir --no-compile --require-hashes --requirement requirements-image.lock
COPY README.md CHANGELOG.md ./
COPY client ./client
COPY server ./server
COPY docs ./docs
RUN PYTHONPATH=client:server:docs/site /opt/heldout/bin/python -m handbook

FROM packages AS build
COPY pyproject.toml README.md LICENSE ./
COPY alembic ./alembic
COPY client ./client
COPY server ./server
COPY --from=handbook /src/server/heldout_server/web/handbook ./server/heldout_server/web/handbook
RUN /opt/heldout/bin/pip install --no-cache-dir --no-compile --no-deps --no-build-isolation ./client .
# Libraries' own tests, their symbols and the tools of the build are a quarter of it. What auditwheel has
# moved into *.libs stays as it is: strip may break what patchelf has written; TensorFlow's come stripped.
# What a start imports is kept compiled, as nothing can be written later on; a library that broke ends this.
RUN /opt/heldout/bin/pip uninstall --yes pip setuptools hatchling editables \
    && find /opt/heldout/lib -type d -name tests -prune -exec rm -r {} + \
    && find /opt/heldout/lib -name '*.so' -not -path '*.libs/*' -not -path '*/tensorflow/*' \
        -exec strip --strip-unneeded {} + \
    && /opt/heldout/bin/python -c "import heldout_server.cli, heldout_server.processes.server, \
        h5py, obstore, onnxruntime, optuna, psycopg, scipy.stats, sklearn.metrics, uvloop"

# What is in it, by name, version and license: https://cyclonedx.org
FROM handbook AS contents
COPY --from=build /opt/heldout /opt/contents
RUN /opt/heldout/bin/cyclonedx-py environment --output-reproducible \
    --output-file /src/contents.cdx.json /opt/contents/bin/python

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=""
ARG BASE
LABEL org.opencontainers.image.title="Heldout" \
      org.opencontainers.image.description="A leaderboard that scores a class's models on hidden examples" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin heldout \
    && install -d -o heldout -g heldout -m 0700 /data /data/keys /data/labels /data/datasets
COPY --from=build /opt/heldout /opt/heldout
COPY --from=contents /src/contents.cdx.json /opt/heldout/contents.cdx.json
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
