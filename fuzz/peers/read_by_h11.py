"""Reads cases with h11, in both roles.

Standard input: a line a case, `METHOD[,METHOD...] HEX`; `- HEX` are requests. A method may have
`=PROTOCOLS` behind it: an upgrade was asked for.
Standard output: a line a case, `STOP MESSAGE...`; the form is told in src/pipe.rs.
"""

import sys
import h11

ROOM = 1 << 24


class Reader:
    def __init__(self, sent, data):
        self.sent = sent
        self.data = data
        self.messages = []
        self.start, self.target, self.content = "", b"", b""
        role = h11.SERVER if sent is None else h11.CLIENT
        self.connection = h11.Connection(role, max_incomplete_event_size=ROOM)

    def ask(self):
        method, _, protocols = (self.sent.pop(0) if self.sent else "GET").partition("=")
        fields = [("Host", "a")]
        if protocols:
            fields += [("Upgrade", protocols.replace("+", ", ")), ("Connection", "upgrade")]
        target = "a:80" if method == "CONNECT" else "/"
        self.connection.send(h11.Request(method=method, target=target, headers=fields))
        self.connection.send(h11.EndOfMessage())

    def answer(self):
        self.connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        if self.connection.our_state is h11.SEND_BODY:
            self.connection.send(h11.EndOfMessage())

    def complete(self):
        end = len(self.data) - len(self.connection.trailing_data[0])
        self.messages.append(f"{self.start}:{self.target.hex()}:{self.content.hex()}:{end}")
        self.start, self.target, self.content = "", b"", b""

    def step(self):
        """One event; what reading stops for, if it does."""
        event = self.connection.next_event()
        if event is h11.NEED_DATA:
            return "waiting"
        if event is h11.PAUSED:
            return "switched" if h11.SWITCHED_PROTOCOL in (self.connection.our_state, self.connection.their_state) else "closed"
        if isinstance(event, h11.ConnectionClosed):
            return "closed"
        if isinstance(event, h11.Request):
            self.start, self.target = event.method.decode("latin-1"), bytes(event.target)
        elif isinstance(event, h11.InformationalResponse):
            self.start = str(event.status_code)
            self.complete()
            if self.connection.their_state is h11.SWITCHED_PROTOCOL:
                return "switched"
        elif isinstance(event, h11.Response):
            self.start = str(event.status_code)
            if self.connection.their_state is h11.SWITCHED_PROTOCOL:
                return "switched"
        elif isinstance(event, h11.Data):
            self.content += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            self.complete()
            return self.next_exchange()
        return None

    def next_exchange(self):
        if self.sent is None:
            self.answer()
        states = (self.connection.our_state, self.connection.their_state)
        if h11.SWITCHED_PROTOCOL in states:
            return "switched"
        if states != (h11.DONE, h11.DONE):
            return "closed"
        self.connection.start_next_cycle()
        if self.sent is not None:
            self.ask()
        return None

    def read(self):
        if self.sent is not None:
            self.ask()
        ended = False
        if self.data:
            self.connection.receive_data(self.data)
        while True:
            try:
                stop = self.step()
                if stop == "waiting" and self.sent is not None and not ended:
                    ended = True
                    self.connection.receive_data(b"")
                    continue
            except h11.RemoteProtocolError as error:
                stop = "waiting" if ended else f"refused:h11:{str(error).encode().hex()}"
            if stop:
                return " ".join([stop] + self.messages)


def main():
    print(h11.__version__)
    for line in sys.stdin:
        sent, data = line.rstrip("\n").split(" ")
        print(Reader(None if sent == "-" else sent.split(","), bytes.fromhex(data)).read())


main()
