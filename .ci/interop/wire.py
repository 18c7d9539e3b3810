"""Bytes on loopback: a tap between two programs, and a client that says exactly what a case wants."""

import socket
import struct
import threading

TIMEOUT = 15


HELD = []


def free_port():
    """A port of loopback that the system gives to nobody else while this program runs: a socket stays
    bound to it, and does not listen. Connecting there is refused, until somebody who was told of it
    listens there, with SO_REUSEADDR, as servers do."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(('127.0.0.1', 0))
    HELD.append(held)
    return held.getsockname()[1]


class Connection:
    """What went through a tap over one connection: `sent` towards the server, `received` back."""

    def __init__(self):
        self.sent, self.received = bytearray(), bytearray()


class Tap:
    """Passes connections on to a port of loopback, as they are, and keeps what went through.
    `spoil` changes what goes towards the server before that, for controls."""

    def __init__(self, port, spoil=None):
        self.upstream, self.spoil, self.connections = port, spoil, []
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(('127.0.0.1', self.upstream))
            except OSError:
                near.close()
                continue
            connection = Connection()
            self.connections.append(connection)
            for stream in near, far:
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            spoil = self.spoil or bytes
            ways = [(near, far, connection.sent, spoil), (far, near, connection.received, bytes)]
            done = threading.Barrier(2)
            for way in ways:
                threading.Thread(target=self.pump, args=(*way, done), daemon=True).start()

    @staticmethod
    def pump(source, sink, log, change, done):
        try:
            while piece := change(source.recv(65536)):
                log += piece
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # A reset goes on as a reset.
            for stream in source, sink:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                try:
                    stream.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        done.wait()
        source.close()

    def mark(self):
        """How far each connection is; for `since`."""
        return [len(connection.sent) for connection in self.connections]

    def since(self, mark):
        """What was sent towards the server since, by connections that sent anything."""
        mark = mark + [0] * (len(self.connections) - len(mark))
        sent = [bytes(c.sent[at:]) for c, at in zip(list(self.connections), mark)]
        return [part for part in sent if part]

    def begun(self, mark):
        """What was sent towards the server by connections that were made since."""
        return [bytes(c.sent) for c in self.connections[len(mark):] if c.sent]


class Ended(Exception):
    """The other side ended the connection."""


class Client:
    """One connection, in raw bytes."""

    def __init__(self, port, room=None):
        self.port, self.room = port, room
        self.connect()

    def connect(self):
        self.stream = socket.socket()
        if self.room:
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.room)
        self.stream.settimeout(TIMEOUT)
        self.stream.connect(('127.0.0.1', self.port))
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.name = '%s:%d' % self.stream.getsockname()
        self.rest = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def again(self):
        """Another connection, as the first was closed."""
        self.stream.close()
        self.connect()

    def send(self, *parts):
        for part in parts:
            self.stream.sendall(part if isinstance(part, bytes) else part.encode())

    def more(self):
        piece = self.stream.recv(65536)
        if not piece:
            raise Ended
        self.rest += piece

    def until(self, end):
        while end not in self.rest:
            self.more()
        part, _, self.rest = self.rest.partition(end)
        return part

    def exactly(self, length):
        parts, have = [self.rest[:length]], len(self.rest[:length])
        self.rest = self.rest[length:]
        while have < length:
            piece = self.stream.recv(min(65536, length - have))
            if not piece:
                raise Ended
            parts.append(piece)
            have += len(piece)
        return b''.join(parts)

    def head(self):
        """Status, and fields by their names in lower case."""
        line, *lines = self.until(b'\r\n\r\n').decode().split('\r\n')
        fields = dict((name.lower(), value.strip()) for name, _, value in
                      (line.partition(':') for line in lines))
        return int(line.split()[1]), fields

    def chunk(self):
        size = int(self.until(b'\r\n').split(b';')[0], 16)
        data = self.exactly(size)
        assert self.exactly(2) == b'\r\n', 'a chunk that does not end'
        return data

    def content(self, fields):
        if 'chunked' in fields.get('transfer-encoding', ''):
            return b''.join(iter(self.chunk, b''))
        if 'content-length' in fields:
            return self.exactly(int(fields['content-length']))
        parts = []
        try:
            while True:
                parts.append(self.rest)
                self.rest = b''
                self.more()
        except Ended:
            return b''.join(parts)

    def response(self):
        """Status, fields and content of the final response to anything but HEAD."""
        status, fields = self.head()
        while status < 200:
            status, fields = self.head()
        return status, fields, self.content(fields)

    def get(self, path='/'):
        self.send(f'GET {path} HTTP/1.1\r\nHost: a\r\n\r\n')
        return self.response()

    def exchange(self, head, content):
        """The response to a request whose content is sent while it comes."""
        self.send(head)
        sender = threading.Thread(target=self.send, args=(content,))
        sender.start()
        response = self.response()
        sender.join()
        return response


def chunked(content, size=10_007):
    """`content` in chunks, its end included."""
    pieces = (content[at:at + size] for at in range(0, len(content), size))
    return b''.join(b'%x\r\n%b\r\n' % (len(piece), piece) for piece in pieces) + b'0\r\n\r\n'
