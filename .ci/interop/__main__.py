"""Runs the cases, then the controls. usage: python3 .ci/interop FOLDER-OF-PROGRAMS"""

import contextlib
import os
import re
import signal
import sys
import tempfile
import threading
import time
import forward
import reverse
import wire
from programs import World
from reverse import Reverse


class Count:
    def __init__(self):
        self.held, self.failed, self.lock = 0, 0, threading.Lock()

    def tell(self, holds, name, text, began):
        took = time.monotonic() - began
        with self.lock:
            self.held, self.failed = self.held + holds, self.failed + (not holds)
            print(f'{"ok" if holds else "FAILED"} {name} ({took:.1f} s): {text}', flush=True)

    def site(self, name, at, cases, rounds):
        """All cases of one proxy."""
        for _ in range(rounds):
            for case in cases:
                self.run(f'{name} {case.__name__}', case, at)

    def run(self, name, case, at):
        began = time.monotonic()
        try:
            self.tell(True, name, f'{case.__doc__}: {case(at)}', began)
        except Exception as error:
            self.tell(False, name, f'{case.__doc__}: {type(error).__name__} {str(error)[:1000]}', began)

    def control(self, name, case, at, expected):
        """Something is spoiled: the case must fail, and by what a regular expression finds."""
        began = time.monotonic()
        try:
            case(at)
            self.tell(False, 'control ' + name, f'{case.__name__} held though it cannot', began)
        except Exception as error:
            text = f'{type(error).__name__}: {error}'
            fits = re.search(expected, text) is not None
            why = f'{text[:60]}' if fits else f'{text[:1000]}, not {expected}'
            self.tell(fits, 'control ' + name, f'{case.__name__} fails: {why}', began)


@contextlib.contextmanager
def world(programs):
    with tempfile.TemporaryDirectory() as folder:
        made = World(programs, folder)
        try:
            yield made
        finally:
            made.stop()


def one_byte(piece):
    """Content that is another."""
    return piece.replace(b'\x00\x01', b'\x00\x02')


def twice(piece):
    """A request that goes out twice."""
    return piece + piece if piece.startswith(b'POST ') else piece


def main():
    programs, count, began = sys.argv[1], Count(), time.monotonic()
    rounds = 10 if os.environ.get('LONG') else 1
    with world(programs) as made:
        sites = [('nginx', Reverse(made, 'nginx'), reverse.NGINX),
                 ('haproxy', Reverse(made, 'haproxy'), reverse.HAPROXY),
                 ('squid', forward.Forward(made), forward.CASES)]
        # Each proxy has programs of its own; most of the time they wait. A signal waits for none.
        threads = [threading.Thread(target=count.site, args=(*site, rounds), daemon=True)
                   for site in sites]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with world(programs) as made:
        count.control('content changed', reverse.uploads, Reverse(made, 'nginx', one_byte),
                      r'^AssertionError: (\d+) bytes that are not the \1 sent$')
        count.control('a request doubled', reverse.proxy_closes_first, Reverse(made, 'haproxy', twice),
                      r'^AssertionError: \[2(, 2)*\]$')
    with world(programs) as made:
        at = Reverse(made, 'nginx', pooled=False)
        count.control('no pool', reverse.keepalive, at, '^AssertionError: 120 connections to echo$')
        wire.TIMEOUT = 2
        count.control('no streaming', reverse.streamed, Unstreamed(at), '^TimeoutError: ')
    print(f'{count.held} of {count.held + count.failed} hold, in {time.monotonic() - began:.0f} s')
    return 1 if count.failed else 0


class Unstreamed:
    """The site that buffers requests, where one that does not should be."""

    def __init__(self, at):
        self.tap, self.streamed = at.tap, at.port


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
