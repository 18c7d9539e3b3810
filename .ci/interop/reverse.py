"""echo behind a reverse proxy."""

import os
import random
import re
import socket
import threading
import time
from wire import Client, Ended, Tap, chunked

MIB = 1 << 20


class Reverse:
    """One kind of proxy in front of echo: ports of its sites, and the taps behind them."""

    def __init__(self, world, kind, spoil=None, pooled=True):
        self.world, self.kind = world, kind
        self.tap = Tap(world.echo(f'{kind}-echo', '--max-content', str(64 * MIB)), spoil)
        # Closes idle connections long before the proxy does.
        self.hasty = Tap(world.echo(f'{kind}-hasty', '--idle-timeout', '0.3'))
        # Gaps around the time after which the proxy closes, in seconds.
        self.edge = (0.28, 0.33) if kind == 'nginx' else (0.5, 1.1)
        if kind == 'nginx':
            self.nginx(pooled)
        else:
            self.haproxy()

    def nginx(self, pooled):
        fields = '''proxy_http_version 1.1; proxy_set_header Host $http_host;
            proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade;'''
        streamed = fields + ' proxy_request_buffering off; proxy_buffering off;'
        pool = 'keepalive 8; keepalive_requests 1000000;' if pooled else ''
        self.port, self.streamed, self.old, self.fickle, self.first = self.world.nginx('nginx', [
            (self.tap.port, pool, fields),
            (self.tap.port, pool, streamed),
            (self.tap.port, '', ''),
            (self.hasty.port, pool, fields),
            (self.tap.port, pool + ' keepalive_timeout 300ms;' if pooled else '', fields),
        ])

    def haproxy(self):
        self.v1 = Tap(self.world.echo('haproxy-v1', '--proxy-protocol'))
        self.v2 = Tap(self.world.echo('haproxy-v2', '--proxy-protocol'))
        ports = self.world.haproxy('haproxy', [
            (self.tap.port, ''),
            (self.hasty.port, ''),
            (self.tap.port, 'pool-purge-delay 300ms'),
            (self.v1.port, 'send-proxy'),
            (self.v2.port, 'send-proxy-v2'),
            # What a wrong setting looks like: the one says who the client is, the other does not ask.
            (self.tap.port, 'send-proxy'),
            (self.v1.port, ''),
        ])
        self.port, self.fickle, self.first, self.says_v1, self.says_v2, *self.wrong = ports
        self.streamed = self.port


def same(have, wanted):
    assert have == wanted, f'{len(have)} bytes that are not the {len(wanted)} sent'


def keepalive(at):
    """100 requests over one connection, 20 over one each: all over one to echo"""
    mark = at.tap.mark()
    with Client(at.port) as client:
        for _ in range(100):
            assert client.get()[::2] == (200, b'This is echo.\n')
    for _ in range(20):
        with Client(at.port) as client:
            assert client.get()[0] == 200
    sent = at.tap.since(mark)
    asked = sum(part.count(b'GET / HTTP/1.1\r\n') for part in sent)
    assert asked == 120, f'{asked} requests'
    assert len(sent) == 1, f'{len(sent)} connections to echo'
    return f'{asked} requests, 1 connection'


def limit_of_requests(at):
    """echo closes after 1,000 requests: nobody sees it"""
    mark = at.tap.mark()
    with Client(at.port) as client:
        for n in range(1500):
            # Most proxies have a limit of their own, and say so.
            status, fields, _ = client.get(f'/?{n}')
            assert status == 200
            if fields.get('connection') == 'close':
                client.again()
    sent = at.tap.since(mark)
    asked = sorted(int(n) for part in sent for n in re.findall(rb'GET /\?(\d+) ', part))
    assert asked == list(range(1500)), 'requests lost or doubled'
    assert len(sent) in (2, 3), f'{len(sent)} connections to echo'
    return f'{len(sent)} connections'


def uploads(at):
    """sized and chunked uploads come back whole, by every way"""
    content = os.urandom(3 * MIB)
    ways = {at.port, at.streamed, getattr(at, 'old', at.port)}
    framings = [(f'Content-Length: {len(content)}', content), ('Transfer-Encoding: chunked', chunked(content))]
    for port in ways:
        with Client(port) as client:
            for field, framed in 2 * framings:
                head = f'POST /echo HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n'
                status, _, back = client.exchange(head, framed)
                assert status == 200
                same(back, content)
    return f'{4 * len(ways)} of 3 MiB'


def streamed(at):
    """each piece of a chunked upload comes back before the next is sent"""
    mark = at.tap.mark()
    with Client(at.streamed) as client:
        client.send('POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
        for number in range(20):
            piece = b'piece %d' % number
            client.send(b'%x\r\n%b\r\n' % (len(piece), piece))
            if number == 0:
                status, fields = client.head()
                assert status == 200 and fields.get('transfer-encoding') == 'chunked', fields
            back = b''
            while len(back) < len(piece):
                back += client.chunk()
            same(back, piece)
        client.send(b'0\r\n\r\n')
        assert client.chunk() == b''
    (sent,) = at.tap.since(mark)
    assert b'\r\ntransfer-encoding: chunked\r\n' in sent.lower(), sent
    return '20 pieces'


def upgrade(at):
    """101 and the bytes behind it, those glued to the request too; 426 without an offer"""
    mark = at.tap.mark()
    with Client(at.port) as client:
        client.send('GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
        status, fields = client.head()
        assert status == 101 and fields['upgrade'] == 'echo', (status, fields)
        for size in (1, 100, 100_000):
            content = os.urandom(size)
            sender = threading.Thread(target=client.send, args=(content,))
            sender.start()
            same(client.exactly(size), content)
            sender.join()
        client.stream.shutdown(socket.SHUT_WR)
        try:
            client.more()
            raise AssertionError('bytes that nobody sent')
        except Ended:
            pass
    with Client(at.port) as client:
        status, _, content = client.get('/upgrade')
        assert (status, content) == (426, b'Upgrade Required\n')
        assert client.get()[0] == 200
    assert any(b'\r\nupgrade: echo\r\n' in part.lower() for part in at.tap.since(mark))
    return '100,101 bytes both ways'


def expect(at):
    """100 before the content, then the answer, then another exchange"""
    for port in (at.port, at.streamed):
        with Client(port) as client:
            client.send('PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n'
                        'Content-Length: 5\r\n\r\n')
            assert client.head()[0] == 100
            client.send('hello')
            assert client.response()[::2] == (200, b'hello')
            assert client.get()[0] == 200
    return 'both ways'


def heads(at):
    """HEAD, 204 and 304 have no content, and the connection to echo goes on"""
    mark = at.tap.mark()
    with Client(at.port) as client:
        for _ in range(10):
            client.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
            status, fields = client.head()
            assert (status, fields['content-length']) == (200, '14'), fields
            for path, status in (('/204', 204), ('/304', 304)):
                client.send(f'GET {path} HTTP/1.1\r\nHost: a\r\n\r\n')
                assert client.head()[0] == status
            assert client.get()[2] == b'This is echo.\n'
    sent = at.tap.since(mark)
    assert len(sent) == 1, f'{len(sent)} connections to echo'
    return '40 responses, 1 connection'


def large(at):
    """32 MiB both ways, 256 KiB at a time"""
    piece = os.urandom(256 << 10)
    rounds = 32 * MIB // len(piece)
    with Client(at.streamed) as client:
        client.send(f'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {32 * MIB}\r\n\r\n')
        for number in range(rounds):
            client.send(piece)
            if number == 0:
                status, fields = client.head()
                assert (status, fields['content-length']) == (200, str(32 * MIB))
            same(client.exactly(len(piece)), piece)
        assert client.get()[0] == 200
    return '32 MiB'


def large_at_once(at):
    """32 MiB both ways, as fast as they go"""
    content = os.urandom(32 * MIB)
    with Client(at.port) as client:
        head = f'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n\r\n'
        status, _, back = client.exchange(head, content)
        assert status == 200
        same(back, content)
    return '32 MiB'


def too_large(at):
    """413 for more than echo takes, though most of the content is unread"""
    for port in {at.port, at.streamed}:
        with Client(port) as client:
            client.send(f'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {65 * MIB}\r\n\r\n')

            def send():
                try:
                    for _ in range(65):
                        client.send(bytes(MIB))
                except OSError:
                    pass
            sender = threading.Thread(target=send)
            sender.start()
            status, _, _ = client.response()
            assert status == 413, status
            client.stream.close()
            sender.join()
    return '413'


def slow(at):
    """a client that reads and sends slowly gets all of it, and holds up nobody"""
    content = os.urandom(MIB)
    with Client(at.port, room=8192) as client:
        client.send(f'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n\r\n')
        sender = threading.Thread(target=client.send, args=(content,))
        sender.start()
        assert client.head()[0] == 200
        back = b''
        for _ in range(10):
            back += client.exactly(8192)
            time.sleep(0.1)
            with Client(at.port) as other:
                began = time.monotonic()
                assert other.get()[0] == 200
                assert time.monotonic() - began < 5
        back += client.exactly(len(content) - len(back))
        sender.join()
        same(back, content)
    with Client(at.streamed) as client:
        client.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n')
        for _ in range(10):
            time.sleep(0.1)
            client.send('x')
        assert client.response()[::2] == (200, b'x' * 10)
    return '2 s of it'


def posts(port, tap, gaps):
    """POSTs, each with a number, so far apart; the status of each, and how often it was on the wire."""
    mark = tap.mark()
    statuses = []
    client = Client(port)
    for number, gap in enumerate(gaps):
        time.sleep(gap)
        head = f'POST /echo HTTP/1.1\r\nHost: a\r\nX-Number: <{number}>\r\nContent-Length: 2\r\n\r\nok'
        try:
            client.send(head)
            status, fields, content = client.response()
            assert status != 200 or content == b'ok'
            statuses.append(status)
            if fields.get('connection') == 'close':
                raise Ended
        except (Ended, OSError):
            if len(statuses) == number:
                statuses.append(0)
            client.again()
    client.stream.close()
    sent = b''.join(tap.since(mark))
    return statuses, [sent.count(b'<%d>' % number) for number in range(len(gaps))]


def closes_idle(at):
    """echo closes idle connections first, well before the next request: none is lost or doubled"""
    mark = at.hasty.mark()
    statuses, seen = posts(at.fickle, at.hasty, [0.6] * 4)
    assert statuses == [200] * 4, statuses
    assert seen == [1] * 4, seen
    assert len(at.hasty.since(mark)) == 4, 'a connection outlived its idle time'
    return '4 connections'


def closes_in_the_same_moment(at):
    """echo closes as the next request comes, which no proxy can tell: none is doubled"""
    gaps = [0.3 + random.uniform(-0.004, 0.006) for _ in range(16)]
    statuses, seen = posts(at.fickle, at.hasty, gaps)
    assert set(statuses) <= {200, 502, 503, 0}, statuses
    # RFC 9110 §9.2.2: what is not idempotent is not sent again once it may have been read.
    for status, times in zip(statuses, seen):
        assert times == 1 or (status != 200 and times == 0), (statuses, seen)
    return f'{statuses.count(200)} of 16 answered, the others told of'


def proxy_closes_first(at):
    """the proxy's idle time is shorter than echo's: every request is answered, once"""
    mark = at.tap.mark()
    gaps = [random.uniform(*at.edge) for _ in range(8)] + [1.5]
    statuses, seen = posts(at.first, at.tap, gaps)
    assert statuses == [200] * len(gaps), statuses
    assert seen == [1] * len(gaps), seen
    begun = len(at.tap.begun(mark))
    assert begun > 1, 'the proxy closes nothing'
    return f'{begun} connections'


def old(at):
    """nginx as it is without settings: HTTP/1.0 and a connection for each request"""
    mark = at.tap.mark()
    with Client(at.old) as client:
        for _ in range(5):
            assert client.get()[::2] == (200, b'This is echo.\n')
    sent = at.tap.since(mark)
    assert len(sent) == 5 and all(b' HTTP/1.0\r\n' in part for part in sent), sent
    return '5 connections'


def proxy_protocol(at):
    """PROXY protocol, 1 and 2: echo knows the client by its own address"""
    for port, tap, log, begins in ((at.says_v1, at.v1, 'haproxy-v1', b'PROXY TCP4 127.0.0.1 127.0.0.1 '),
                                   (at.says_v2, at.v2, 'haproxy-v2', b'\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c')):
        mark = tap.mark()
        with Client(port) as client:
            for _ in range(3):
                assert client.get()[::2] == (200, b'This is echo.\n')
        # Cut off, which echo tells of with the name of the client.
        with Client(port) as client:
            client.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello')
            client.head()
            name = client.name
        end = time.monotonic() + 10
        while name not in at.world.log(log):
            assert time.monotonic() < end, f'{name} is not in: {at.world.log(log)}'
            time.sleep(0.02)
        sent = tap.since(mark)
        assert len(sent) == 2, f'{len(sent)} connections'
        assert all(part.startswith(begins) for part in sent), sent
    return 'both versions'


def proxy_protocol_wrong(at):
    """a header that is not asked for, and one that is missing, are errors at once"""
    for port in at.wrong:
        with Client(port) as client:
            status = client.get()[0]
            assert status >= 400, status
    return 'neither is passed over'


CASES = [keepalive, limit_of_requests, uploads, streamed, upgrade, expect, heads, large, too_large, slow,
         closes_idle, closes_in_the_same_moment, proxy_closes_first]
NGINX = CASES + [old]
HAPROXY = CASES + [large_at_once, proxy_protocol, proxy_protocol_wrong]
