"""Pages are built once a version, by one of those who ask together."""

import gzip
import threading

from heldout_server.web.html.page_cache import PageCache


class TestPageCache:
    def test_builds_anew_for_a_new_version_only(self):
        built = []
        cache = PageCache()
        for version in (1, 1, 2):
            cache.get("board", version, lambda version=version: built.append(version) or b"page")
        assert built == [1, 2]

    def test_tags_the_bytes_and_keeps_them_compressed(self):
        cache = PageCache()
        one, other = cache.get("a", 1, lambda: b"x" * 500), cache.get("b", 1, lambda: b"y")
        assert one.tag != other.tag
        assert gzip.decompress(one.compressed) == b"x" * 500
        assert len(one.compressed) < 100

    def test_builds_once_when_many_ask_together(self):
        cache, built, start = PageCache(), [], threading.Barrier(8)

        def build() -> bytes:
            built.append(1)
            return b"page"

        def ask() -> None:
            start.wait()
            cache.get("board", 1, build)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert built == [1]

    def test_forgets_the_oldest(self):
        cache, built = PageCache(most_pages=2), []
        for key in "abca":
            cache.get(key, 1, lambda key=key: built.append(key) or b"")
        assert built == ["a", "b", "c", "a"]
