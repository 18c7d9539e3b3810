"""Speaks to the firmware in QEMU: over its serial lines, which QEMU connects to sockets of ours.

usage: qemu.py FIRMWARE [--lose]        --lose: the line loses a byte, and this must fail
"""
import queue, random, socket, subprocess, sys, threading, time

HEAD_TIMEOUT, IDLE_TIMEOUT = 1.0, 2.0  # the firmware's
PATIENCE = 60  # of ours, for what must come
HELLO = b"Hello, board\n"
GET_HELLO = b"GET /hello/board HTTP/1.1\r\nHost: board\r\n\r\n"


class Board:
    def __init__(self, firmware):
        # What the firmware says, by who says it.
        self.console = {who: queue.Queue() for who in ("ready", "line 0", "line 1")}
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        serial = [f"tcp:127.0.0.1:{each.getsockname()[1]}" for each in listeners]
        self.qemu = subprocess.Popen(
            ["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none",
             "-semihosting-config", "enable=on,target=native", "-kernel", firmware,
             *[argument for each in serial for argument in ("-serial", each)]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, daemon=True).start()
        self.lines = []
        for number, each in enumerate(listeners):
            each.settimeout(PATIENCE)
            self.lines.append(Line(self, number, each.accept()[0]))

    def listen(self):
        for line in self.qemu.stdout:
            who, _, what = line.strip().partition(": ")
            if who in self.console:
                self.console[who].put(what)
            else:
                print("console:", line.strip(), flush=True)

    def says(self, who):
        return self.console[who].get(timeout=PATIENCE)


class Line:
    def __init__(self, board, number, stream):
        self.board, self.number, self.stream, self.received = board, number, stream, b""
        stream.settimeout(PATIENCE)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.stream.sendall(data)

    def take(self, n):
        while len(self.received) < n:
            piece = self.stream.recv(4096)
            assert piece, "QEMU has gone"
            self.received += piece
        taken, self.received = self.received[:n], self.received[n:]
        return taken

    def take_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.take(1)
        return line[:-2]

    def fields(self):
        fields = {}
        while line := self.take_line():
            name, value = line.split(b": ", 1)
            fields[name.lower()] = value
        return fields

    def response(self, has_content=True):
        """Status, fields, content, trailer section."""
        version, status, _ = self.take_line().split(b" ", 2)
        assert version == b"HTTP/1.1", version
        status, fields = int(status), self.fields()
        if status < 200 or not has_content:
            return status, fields, b"", {}
        if fields.get(b"transfer-encoding") == b"chunked":
            assert b"content-length" not in fields, fields
            content = b""
            while size := int(self.take_line(), 16):
                content += self.take(size)
                assert self.take(2) == b"\r\n"
            return status, fields, content, self.fields()
        return status, fields, self.take(int(fields[b"content-length"])), {}

    def ask(self, data, **how):
        self.send(data)
        return self.response(**how)

    def is_over(self, reason):
        """The firmware has ended this connection; it serves the next on the same line."""
        said = self.board.says(f"line {self.number}")
        assert said == reason, f"it is over because {said}, not because {reason}"
        assert self.received == b"", self.received


def hello(board, line):
    for _ in range(2):
        status, fields, content, _ = line.ask(GET_HELLO)
        assert (status, content) == (200, HELLO), (status, content)
        assert fields[b"content-type"] == b"text/plain", fields
    status, fields, _, _ = line.ask(GET_HELLO.replace(b"GET", b"HEAD"), has_content=False)
    assert (status, fields[b"content-length"]) == (200, b"13"), fields
    line.send(GET_HELLO * 3)
    assert [line.response()[2] for _ in range(3)] == [HELLO] * 3


def routes(board, line):
    assert line.ask(GET_HELLO.replace(b"board", b"", 1))[0] == 404
    status, fields, _, _ = line.ask(b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    assert (status, fields[b"allow"]) == (405, b"GET, HEAD"), (status, fields)


def chunked_response(board, line):
    got = line.ask(b"GET /count HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n")
    assert got[0] == 200 and got[2] == b"".join(b"%03d\n" % n for n in range(1000)), got[:2]
    assert got[3] == {b"lines": b"1000"}, got[3]


def chunked_request(board, line):
    """Much more than the board has buffers for, there and back at the same time."""
    dice = random.Random(5)
    data, rest, chunks = dice.randbytes(12_000), 0, []
    while rest < len(data):
        size = min(dice.choice((1, 2, 7, 64, 500)), len(data) - rest)
        chunks.append(b"%x;a=b\r\n%s\r\n" % (size, data[rest:rest + size]))
        rest += size
    line.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n"
              b"\r\n" + b"".join(chunks))
    # The response's head and some content come although the request is not over.
    assert line.take(17) == b"HTTP/1.1 200 OK\r\n"
    line.received = b"HTTP/1.1 200 OK\r\n" + line.received
    line.send(b"0\r\nChecksum: 1234\r\n\r\n")
    status, _, content, trailers = line.response()
    assert (status, content == data, trailers) == (200, True, {b"checksum": b"1234"}), content


def expect(board, line):
    line.send(b"POST /length HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert line.response(has_content=False)[0] == 100
    line.send(b"12345")
    assert line.response()[2] == b"5 bytes\n"


def head_too_large(board, line):
    status, fields, _, _ = line.ask(GET_HELLO[:-2] + b"Large: " + b"x" * 1100 + b"\r\n\r\n")
    assert (status, fields[b"connection"]) == (431, b"close"), (status, fields)
    line.is_over("the peer broke the protocol")
    assert line.ask(GET_HELLO)[2] == HELLO


def malformed(board, line):
    status, fields, _, _ = line.ask(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
    assert (status, fields[b"connection"]) == (400, b"close"), (status, fields)
    line.is_over("the peer broke the protocol")
    assert line.ask(GET_HELLO)[2] == HELLO


def slow_head(board, line):
    """A head that does not come to its end, while the other line is served."""
    begun = time.monotonic()
    line.send(GET_HELLO[:30])
    assert board.lines[1].ask(GET_HELLO)[2] == HELLO
    status, fields, _, _ = line.response()
    took = time.monotonic() - begun
    assert (status, fields[b"connection"]) == (408, b"close"), (status, fields)
    assert HEAD_TIMEOUT <= took < 10 * HEAD_TIMEOUT, took
    line.is_over("the peer broke the protocol")


def idle(board, line):
    begun = time.monotonic()
    assert line.ask(GET_HELLO)[2] == HELLO
    line.is_over("nothing came in time")
    assert IDLE_TIMEOUT <= time.monotonic() - begun < 10 * IDLE_TIMEOUT


def stop(board, line):
    stop = b"POST /stop HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    status, _, content, _ = line.ask(stop)
    assert (status, content) == (200, b"Bye.\n"), (status, content)
    line.is_over("this side said close")
    assert board.qemu.wait(PATIENCE) == 0, "the firmware failed"


class Losing(Line):
    """A line that loses the 5,000th byte of whatever is long."""

    def send(self, data):
        super().send(data[:5000] + data[5001:])


def main():
    board = Board(sys.argv[1])
    try:
        print("ok qemu: starts;", board.says("ready"), flush=True)
        if "--lose" in sys.argv:
            board.lines[0] = Losing(board, 0, board.lines[0].stream)
            board.lines[0].stream.settimeout(10)
        for test in (hello, routes, chunked_response, chunked_request, expect, head_too_large,
                     malformed, slow_head, idle, stop):
            begun = time.monotonic()
            test(board, board.lines[0])
            print(f"ok qemu: {test.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
    finally:
        board.qemu.kill()


main()
