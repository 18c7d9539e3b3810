"""Sends every case to both servers, compares, and holds the differences against the list."""

import hashlib
import re
import signal
import socket
import sys
import threading
from cases import cases, name
from listed import LISTED
from peers import FILES, Peers

TIMEOUT = 15
# Of fields that both know. Date, Server and Connection say nothing of the file.
FIELDS = ('content-type', 'content-encoding', 'content-range', 'content-disposition', 'last-modified', 'location',
          'allow', 'vary', 'accept-ranges', 'x-content-type-options', 'cache-control')
PROBE = b'GET /d/b.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'


class Wrong(Exception):
    """What came is no response."""


class Reader:
    """Bytes of one connection, up to its end."""

    def __init__(self, stream):
        self.stream, self.rest = stream, b''

    def more(self):
        try:
            piece = self.stream.recv(1 << 16)
        except ConnectionResetError:
            piece = b''
        self.rest += piece
        return bool(piece)

    def response(self, method):
        """Status, field lines in lower case, and content by its framing."""
        while b'\r\n\r\n' not in self.rest:
            if not self.more():
                raise Wrong(f'no head: {self.rest[:80]!r}')
        head, _, self.rest = self.rest.partition(b'\r\n\r\n')
        line, *lines = head.decode('latin-1').split('\r\n')
        if not re.fullmatch(r'HTTP/1\.1 \d{3} .*', line):
            raise Wrong(f'status line {line!r}')
        fields = [(key.lower(), value.strip()) for key, _, value in (one.partition(':') for one in lines)]
        status = int(line[9:12])
        return status, fields, self.content(method, status, fields)

    def content(self, method, status, fields):
        lengths = [value for key, value in fields if key in ('content-length', 'transfer-encoding')]
        if len(lengths) > 1:
            raise Wrong('two lengths')
        if method == 'HEAD' or status in (204, 304):
            return b''
        if not lengths:
            while self.more():
                pass
            content, self.rest = self.rest, b''
            return content
        if not lengths[0].isdigit():
            raise Wrong(f'no file is sent by {lengths[0]}')
        length = int(lengths[0])
        while len(self.rest) < length:
            if not self.more():
                raise Wrong(f'{len(self.rest)} bytes of {length}')
        content, self.rest = self.rest[:length], self.rest[length:]
        return content


def send(port, case, tag=''):
    """What is compared of the response to a case: values by what they are of."""
    method, target, version, fields = case
    bare = tag.strip('"')
    lines = ''.join(f'{key}: {value.replace("{etag}", tag).replace("{bare}", bare)}\r\n' for key, value in fields)
    text = f'{method} {target} HTTP/{version}\r\nHost: a\r\n{lines}\r\n'
    length = next((int(value) for key, value in fields if key == 'Content-Length'), 0)
    with socket.create_connection(('127.0.0.1', port), timeout=TIMEOUT) as stream:
        stream.sendall(text.encode() + b'x' * length)
        reader = Reader(stream)
        try:
            status, fields, content = reader.response(method)
            seen = compared(status, fields, content, method)
            seen['step'] = in_step(stream, reader)
        except Wrong as wrong:
            seen = {'framing': str(wrong)}
    return seen


def in_step(stream, reader):
    """Whether the next request on the connection is answered, if there can be one."""
    try:
        stream.sendall(PROBE)
        status, _, content = reader.response('GET')
    except (BrokenPipeError, ConnectionResetError):
        return 'closed'
    except Wrong as wrong:
        if reader.rest:
            raise
        return 'closed'
    if (status, content) != (200, FILES['d/b.txt']) or reader.more():
        raise Wrong(f'out of step: {status} {content[:80]!r} {reader.rest[:80]!r}')
    return 'open'


def compared(status, fields, content, method):
    values = {key: [value for own, value in fields if own == key] for key in FIELDS}
    tags = [value for key, value in fields if key == 'etag']
    seen = {'status': status, 'framing': 'sound'}
    seen['etag'] = [re.sub(r'"[^"]+"', '"..."', tag) for tag in tags]
    is_error = status >= 300 and status != 304
    for key, value in values.items():
        # How an error is explained is everybody's own matter (RFC 9110 §15.4, §15.5).
        if not is_error or key not in ('content-type', 'x-content-type-options'):
            seen[key] = value
    if not is_error:
        boundary = re.fullmatch(r'multipart/byteranges; boundary=(\S+)', ''.join(values['content-type']))
        if boundary:
            seen['content-type'] = ['multipart/byteranges']
            content = parts(content, boundary[1].encode()) if method != 'HEAD' else []
        seen['content'] = content
        lengths = [value for key, value in fields if key == 'content-length']
        if not boundary:
            seen['content-length'] = lengths
    return seen


def parts(content, boundary):
    """A `multipart/byteranges`, its boundary, case of names and first line end left out."""
    content = content if content.startswith(b'\r\n') else b'\r\n' + content
    pieces = content.split(b'\r\n--' + boundary)
    if pieces[0] or pieces[-1] not in (b'--', b'--\r\n'):
        raise Wrong(f'multipart begins {pieces[0][:20]!r} and ends {pieces[-1][:20]!r}')
    parted = (piece.partition(b'\r\n\r\n') for piece in pieces[1:-1])
    return [(sorted(head.lower().split()), body) for head, _, body in parted]


def tag_of(port, target):
    seen = socket.create_connection(('127.0.0.1', port), timeout=TIMEOUT)
    with seen as stream:
        stream.sendall(f'GET {target} HTTP/1.1\r\nHost: a\r\n\r\n'.encode())
        _, fields, _ = Reader(stream).response('GET')
    return dict(fields).get('etag', '"none"')


def short(value):
    if isinstance(value, bytes):
        return f'{len(value)} bytes, {hashlib.sha256(value).hexdigest()[:8]}'
    text = ', '.join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else repr(value)
    return text if len(text) < 100 else f'{text[:60]}... ({len(text)})'


def differences(nginx, ours, all_cases):
    """(case, aspect, nginx's, ours) of each difference."""
    found = []
    for case in all_cases:
        needs = any('{' in value for _, value in case[3])
        theirs, own = (send(port, case, tag_of(port, case[1]) if needs else '') for port in (nginx, ours))
        # Where the status differs the rest is about something else.
        aspects = {*theirs, *own} if theirs.get('status') == own.get('status') else {'status', 'framing', 'step'}
        for aspect in sorted(aspects):
            if theirs.get(aspect) != own.get(aspect):
                found.append((name(case), aspect, short(theirs.get(aspect)), short(own.get(aspect))))
    return found


def held(found, listed=LISTED):
    """What of the differences is not listed, and what of the list did not occur as it says."""
    covered, wrong = set(), []
    for reason, lines in listed.items():
        for aspect, theirs, own, pattern, count in lines:
            these = {one for one in found if one[1:] == (aspect, theirs, own) and re.search(pattern, one[0])}
            covered |= these
            if len(these) != count:
                wrong.append((aspect, theirs, own, pattern, f'{count} listed, {len(these)} found', reason))
    return [one for one in found if one not in covered], wrong


def controls(peers, nginx, some, found):
    """What is spoiled must be noticed: how many controls there are, and those that were not."""
    missed = []
    _, *others = LISTED.items()
    if not held(found, dict(others))[0]:
        missed.append('a list with one entry less')
    if not held(found, {**LISTED, 'nothing': [('status', '200', '500', '', 1)]})[1]:
        missed.append('a list with one entry more')
    spoiled = {
        'one byte': ({'a.txt': b'hellO'}, 'content'),
        'one byte in the middle of a large file': ({'large.bin': b'x'.join(FILES['large.bin'].split(b'\x07', 1))},
                                                   'content'),
        'an encoded sibling that is another': ({'code.js.gz': b'not it'}, 'content'),
        'a file that is longer': ({'a.txt': b'hello!'}, 'content-length'),
    }
    for control, (changed, aspect) in spoiled.items():
        port = peers.ours(peers.site(control.replace(' ', '-'), changed.items()))
        new, _ = held(differences(nginx, port, some))
        if aspect not in {one[1] for one in new}:
            missed.append(control)
    for control, head, content in [
        ('a length that is too long', b'Content-Length: 6\r\n', b'hello'),
        ('a length that is too short', b'Content-Length: 4\r\n', b'hello'),
        ('two lengths', b'Content-Length: 5\r\nContent-Length: 5\r\n', b'hello'),
        ('a field line too many', b'Content-Length: 5\r\nVary: *\r\n', b'hello'),
    ]:
        with socket.create_server(('127.0.0.1', 0)) as server:
            port = server.getsockname()[1]
            response = b'HTTP/1.1 200 OK\r\n' + head + b'\r\n' + content
            if not liar(server, port, response):
                missed.append(control)
    return len(spoiled) + 6, missed


def liar(server, port, response):
    """Whether a response that is not sound, or not the same, is noticed."""
    def answer():
        stream, _ = server.accept()
        with stream:
            stream.recv(1 << 16)
            stream.sendall(response)
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(1 << 16):
                pass
    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    seen = send(port, ('GET', '/a.txt', '1.1', []))
    thread.join(TIMEOUT)
    return seen.get('framing') != 'sound' or seen.get('vary') != []


def main(program, folder, *flags):
    peers = Peers(program, folder)
    try:
        root = peers.site('site')
        nginx, ours = peers.nginx(root), peers.ours(root)
        every = list(cases())
        assert len({name(case) for case in every}) == len(every), 'two cases of one name'
        found = differences(nginx, ours, every)
        new, gone = held(found)
        if '--show' in flags:
            for one in found:
                print(*one, 'NOT LISTED' if one in new else '', sep='\t')
        some = [case for case in every if case[1] in ('/a.txt', '/large.bin', '/code.js', '/noext') and case[0] == 'GET']
        count, missed = controls(peers, nginx, some, found)
    finally:
        peers.stop()
    for one in new:
        print('NOT LISTED:', *one, sep='\n  ')
    for one in gone:
        print('LISTED, BUT NOT AS FOUND:', *one, sep='\n  ')
    for control in missed:
        print('A CONTROL THAT WAS NOT NOTICED:', control)
    print(f'{len(every)} requests, {len(found)} differences, {len(new)} of them not listed, {len(gone)} listed that did '
          f'not occur as listed; {count} controls, {len(missed)} not noticed')
    return 1 if new or gone or missed else 0


if __name__ == '__main__':
    # So that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(*sys.argv[1:]))
