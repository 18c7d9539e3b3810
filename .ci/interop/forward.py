"""fetch through Squid."""

import hashlib
import os
import re
import subprocess
import time
from wire import Tap, free_port

MIB = 1 << 20
PAGE = b'This is echo.\n'
SECRET = b'dXNlcjpzZWNyZXQ='  # user:secret


class Forward:
    """Squid, with a tap in front of it and others in front of its origins."""

    def __init__(self, world, spoil=None):
        self.world = world
        self.ca, chain, key = world.certificates()
        tls = ('--tls-cert', chain, '--tls-key', key)
        self.origins = [Tap(world.echo(f'origin{n}'), spoil) for n in range(2)]
        self.secure = [Tap(world.echo(f'secure{n}', *tls)) for n in range(2)]
        hashed = subprocess.run(['openssl', 'passwd', '-apr1', 'secret'], check=True, capture_output=True)
        users = world.write('users', 'user:' + hashed.stdout.decode())
        helper = '/usr/lib/squid/basic_ncsa_auth'
        self.open = Tap(world.squid('squid', 'client_idle_pconn_timeout 1 second'))
        self.asks = Tap(world.squid('squid-asks', f'''
auth_param basic program {helper} {users}
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access deny !known'''))

    def fetch(self, tap, *arguments, user=''):
        return self.world.fetch('--proxy', f'http://{user}127.0.0.1:{tap.port}', *arguments)

    def told(self, tap, *arguments, user=''):
        return self.world.fetch_json('--proxy', f'http://{user}127.0.0.1:{tap.port}', *arguments)


def http(tap, path='/'):
    return f'http://127.0.0.1:{tap.port}{path}'


def https(tap, path='/'):
    return f'https://localhost:{tap.port}{path}'


def forwarded(at):
    """http: absolute-form, one connection to Squid for two origins"""
    first, second = at.origins
    mark = at.open.mark()
    output, errors, _ = at.fetch(at.open, http(first, '/?a=b'), http(second), http(first))
    assert output == PAGE * 3, errors
    (sent,) = at.open.begun(mark)
    for tap, target in ((first, '/?a=b'), (second, '/'), (first, '/')):
        head = f'GET {http(tap, target)} HTTP/1.1\r\nHost: 127.0.0.1:{tap.port}\r\n'
        assert head.encode() in sent, sent
    assert b'proxy-' not in sent.lower(), sent
    return '3 requests, 1 connection'


def uploads(at):
    """sized, chunked and expecting uploads come back whole, forwarded and in tunnels"""
    content = os.urandom(3 * MIB)
    with open(at.world.path('upload'), 'wb') as file:
        file.write(content)
    data = ('--data', '@' + at.world.path('upload'), '--cacert', at.ca)
    urls = (http(at.origins[0], '/echo'), https(at.secure[0], '/echo'))
    for url in urls:
        for flags in ((), ('--chunked',), ('--expect',), ('--tunnel',)):
            output, errors, _ = at.fetch(at.open, *flags, *data, url)
            assert output == content, (flags, len(output), errors)
    return '8 of 3 MiB'


def tunnels(at):
    """https: CONNECT, then nothing but TLS; a tunnel is used again, and for its origin only"""
    mark = at.open.mark()
    first, second = map(https, at.secure)
    output, errors, _ = at.fetch(at.open, '--cacert', at.ca, first, first, second)
    assert output == PAGE * 3, errors
    sent = at.open.begun(mark)
    assert len(sent) == 2, f'{len(sent)} connections'
    for part, tap in zip(sent, at.secure):
        authority = f'localhost:{tap.port}'
        head, _, rest = part.partition(b'\r\n\r\n')
        assert head.decode() == f'CONNECT {authority} HTTP/1.1\r\nHost: {authority}', head
        assert rest.startswith(b'\x16\x03') and b'HTTP' not in rest
    return '3 requests, 2 tunnels'


def untrusted(at):
    """a tunnel makes nobody trusted"""
    (told,) = at.told(at.open, https(at.secure[0]))
    assert not told['ok'] and told['status'] == 0, told
    return told['error'][:40]


def http_in_tunnels(at):
    """--tunnel: http in a tunnel, in origin-form"""
    mark, origin = at.open.mark(), at.origins[0].mark()
    output, errors, _ = at.fetch(at.open, '--tunnel', http(at.origins[0]), http(at.origins[0]))
    assert output == PAGE * 2, errors
    (sent,) = at.open.begun(mark)
    assert sent.startswith(b'CONNECT 127.0.0.1:') and sent.count(b'CONNECT') == 1, sent
    assert sent.count(b'\r\n\r\nGET / HTTP/1.1\r\n') == 2, sent
    (seen,) = at.origins[0].begun(origin)
    assert seen.count(b'GET / HTTP/1.1\r\n') == 2 and b'via' not in seen.lower(), seen
    return '2 requests, 1 tunnel'


def not_known(at):
    """407 without credentials, and with wrong ones: a response when forwarded, an error of a tunnel"""
    for user in ('', 'user:wrong@', 'user@'):
        (told,) = at.told(at.asks, http(at.origins[0]), user=user)
        assert told['ok'] and told['status'] == 407, told
        (told,) = at.told(at.asks, '--cacert', at.ca, https(at.secure[0]), user=user)
        assert not told['ok'] and told['status'] == 0, told
        assert told['error'].startswith('connecting: the proxy opens no tunnel: 407 '), told
    return told['error'][12:]


def known(at):
    """with credentials both are open, and only Squid is told them"""
    marks = [tap.mark() for tap in (at.asks, at.origins[0], at.secure[0])]
    flags, user = ('--cacert', at.ca), 'user:secret@'
    urls = (http(at.origins[0]), http(at.origins[0]), https(at.secure[0]))
    output, errors, _ = at.fetch(at.asks, *flags, *urls, user=user)
    assert output == PAGE * 3, errors
    asked, plain, secure = (b''.join(tap.since(mark)) for tap, mark in
                            zip((at.asks, at.origins[0], at.secure[0]), marks))
    assert asked.count(b'\r\nProxy-Authorization: Basic ' + SECRET + b'\r\n') == 3, asked
    assert plain and SECRET not in plain and b'proxy-authorization' not in plain.lower(), plain
    assert secure and SECRET not in secure
    return '3 requests'


def no_origin(at):
    """an origin that is not there, and one that Squid does not allow"""
    port = free_port()
    for url, status in ((f'http://127.0.0.1:{port}/', 503), ('http://192.0.2.1/', 403)):
        (told,) = at.told(at.open, url)
        assert told['status'] == status, told
        (told,) = at.told(at.open, '--tunnel', url)
        assert told['error'].startswith(f'connecting: the proxy opens no tunnel: {status} '), told
    return '503 and 403, both ways'


def closes_idle(at):
    """Squid closes idle connections: the next request is on another one, and there once"""
    mark, origin = at.open.mark(), at.origins[0].mark()
    urls = [http(at.origins[0], f'/echo?n{n}') for n in range(2)]
    output, errors, _ = at.fetch(at.open, '--pause', '3', '--data', 'x', *urls)
    assert output == b'xx', errors
    assert len(at.open.begun(mark)) == 2
    seen = re.findall(rb'POST /echo\?n(\d) ', b''.join(at.origins[0].since(origin)))
    assert sorted(seen) == [b'0', b'1'], seen
    return '2 connections'


def large(at):
    """32 MiB through a tunnel, by its digest"""
    content = os.urandom(32 * MIB)
    with open(at.world.path('large'), 'wb') as file:
        file.write(content)
    data = ('--data', '@' + at.world.path('large'), '--cacert', at.ca)
    (told,) = at.told(at.open, *data, https(at.secure[0], '/echo'))
    assert told['body_sha256'] == hashlib.sha256(content).hexdigest(), told
    return '32 MiB'


def gone(at):
    """no proxy at all is told with its name"""
    port = free_port()
    _, errors, status = at.world.fetch('--proxy', f'http://127.0.0.1:{port}', https(at.secure[0]))
    assert status == 1 and errors.startswith('fetch: connecting: the proxy 127.0.0.1: '), errors
    return errors.strip()[19:60]


CASES = [forwarded, uploads, tunnels, untrusted, http_in_tunnels, not_known, known, no_origin, closes_idle,
         large, gone]
