"""The requests that are sent to both. `{etag}` stands for each server's own tag of the target."""

BEFORE, THEN, AFTER = (f'Sun, 06 Nov 1994 08:49:{second} GMT' for second in (36, 37, 38))

PATHS = '''
/ /? /?q /a.txt /a.txt?q=1 /a.txt?../x /empty.txt /data.json /page.html /style.css /code.js /large.bin /noext
/sp%20ace.txt /caf%C3%A9.txt /caf%c3%a9.txt /per%25cent.txt /plus+.txt /plus%2B.txt /%61.txt /d/b.txt /d/e/c.txt
/.well-known/x.txt /nope /nope/ /nope.txt /d/nope /a.txt/x /A.TXT
/d /d? /d?q=1 /d?//evil.example /d?a/../b /%64 /d/ /d/e /d/e/ /d/index.html /index.html /.well-known
http://other.example/a.txt http://other.example/d http://other.example
'''.split()

HOSTILE = '''
/.. /../ /../secret.txt /../../etc/passwd /d/../a.txt /d/.. /d/../ /d/../../secret.txt /./a.txt /d/./b.txt /d/.
/%2e%2e/secret.txt /%2e%2e%2fsecret.txt /..%2fsecret.txt /%2E%2E/%2E%2E/etc/passwd /d/%2e%2e/a.txt /d%2fb.txt
/d%2F..%2Fa.txt /%252e%252e/secret.txt /..%5csecret.txt /..\\secret.txt /d\\b.txt /d%5cb.txt /back%5cslash
/back\\slash /..%c0%afsecret.txt /%c0%ae%c0%ae/secret.txt //a.txt //d //d/ //evil.example //evil.example/..
//evil.example/%2e%2e ///a.txt /d//b.txt /d/e//c.txt /a.txt/ /a.txt// /a.txt/. /a.txt/.. /a.txt%00 /%00
/a.txt%00.html /a.txt%0a /a.txt%0d%0aX:1 /a.txt%20 /a.txt. /a.txt::$DATA /C:/a.txt /c%3a/a.txt /con /CON /nul.txt
/.hidden /%2ehidden /.git/config /.git /.git/ /d/.hidden /link.txt /inside.txt /up /up/ /up/secret.txt
/up/root/a.txt /~root /%ff /a%ffb /;x /a.txt;x /... /..;/secret.txt /file:///etc/passwd /etc/passwd
/proc/self/environ /dev/zero
'''.split()

BAD_ESCAPES = ['/%', '/%zz', '/a.txt%', '/a.txt%4', '/%u0041']

CONDITIONS = [
    [('If-None-Match', '{etag}')],
    [('If-None-Match', 'W/{etag}')],
    [('If-None-Match', '"x"')],
    [('If-None-Match', '"x", {etag}')],
    [('If-None-Match', '"x" , W/{etag} ,')],
    [('If-None-Match', '*')],
    [('If-None-Match', '"a,{bare}"')],
    [('If-None-Match', '{bare}')],
    [('If-None-Match', '"x"'), ('If-None-Match', '{etag}')],
    [('If-Match', '{etag}')],
    [('If-Match', 'W/{etag}')],
    [('If-Match', '"x"')],
    [('If-Match', '"x", {etag}')],
    [('If-Match', '*')],
    [('If-Match', '{bare}')],
    [('If-Modified-Since', BEFORE)],
    [('If-Modified-Since', THEN)],
    [('If-Modified-Since', AFTER)],
    [('If-Modified-Since', 'Sunday, 06-Nov-94 08:49:37 GMT')],
    [('If-Modified-Since', 'Sun Nov  6 08:49:37 1994')],
    [('If-Modified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT')],
    [('If-Modified-Since', 'yesterday')],
    [('If-Modified-Since', '')],
    [('If-Unmodified-Since', BEFORE)],
    [('If-Unmodified-Since', THEN)],
    [('If-Unmodified-Since', AFTER)],
    [('If-Unmodified-Since', 'yesterday')],
    [('If-Match', '{etag}'), ('If-Unmodified-Since', BEFORE)],
    [('If-Match', '"x"'), ('If-None-Match', '{etag}')],
    [('If-Match', '{etag}'), ('If-None-Match', '{etag}')],
    [('If-None-Match', '"x"'), ('If-Modified-Since', AFTER)],
    [('If-None-Match', '{etag}'), ('If-Modified-Since', BEFORE)],
    [('If-None-Match', '{etag}'), ('If-Modified-Since', AFTER)],
    [('If-Unmodified-Since', BEFORE), ('If-Modified-Since', AFTER)],
    [('If-None-Match', '{etag}'), ('Range', 'bytes=0-0')],
    [('If-Match', '"x"'), ('Range', 'bytes=0-0')],
]

RANGES = '''
bytes=0-0 bytes=0- bytes=1-3 bytes=4- bytes=-1 bytes=-5 bytes=-9999999 bytes=0-9999999 bytes=0-18446744073709551615
bytes=0-18446744073709551616 bytes=18446744073709551616- bytes=9999999- bytes=9999999-99999999 bytes=-0 bytes=3-1
bytes= bytes=- bytes=a-b bytes=1 bytes=1-x bytes=+1-2 bytes=1--2 lines=0-1 BYTES=1-2 bytes=0-0,2-2 bytes=3-4,0-1
bytes=0-1,9999999- bytes=9999999-,-0 bytes=0-,0- bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0- bytes=0-2,1-3 bytes=0-1,2-3
bytes=,0-1 bytes=0-1, bytes=,
'''.split() + ['bytes=0-0, 2-2', 'bytes = 0-1', 'bytes=0 - 1', 'bytes 0-1']

IF_RANGES = ['{etag}', 'W/{etag}', '"x"', THEN, BEFORE, AFTER, 'yesterday', '*', '{bare}']

ENCODINGS = ['gzip', 'GZIP', 'x-gzip', 'gzip;q=1', 'gzip;q=0.5', 'gzip;q=0', 'gzip;q=0.000', 'gzip; q=0.1',
             'gzip;q=2', 'gzip;q=x', 'br', 'deflate, gzip', 'br, gzip;q=0.8', 'identity', 'identity, gzip;q=0.5',
             'identity;q=0.5, gzip;q=1', '*', '*;q=0', '*;q=0, gzip', 'identity;q=0', '', 'gzip, gzip;q=0']

METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'BREW', 'get']


def cases():
    """Method, target, version and fields of each; no two are the same."""
    def get(target, *fields, method='GET', version='1.1'):
        return method, target, version, list(fields)

    for target in PATHS + HOSTILE + BAD_ESCAPES:
        yield get(target)
    for target in PATHS + ['/d/../a.txt', '/link.txt', '/%00']:
        yield get(target, method='HEAD')
    yield get('/' + 'a' * 255)
    yield get('/' + 'a' * 256)
    yield get('/' + 'a' * 4000)
    yield get('/' + 'd/' * 1500)
    for method in METHODS:
        for target in ['/a.txt', '/d/', '/d', '/nope']:
            yield get(target, *([('Content-Length', '0')] if method in 'POST PUT PATCH' else []), method=method)
    yield get('*', method='OPTIONS')
    yield get('/a.txt', ('Content-Length', '3'), method='GET')
    for fields in CONDITIONS:
        for method in 'GET', 'HEAD':
            yield get('/a.txt', *fields, method=method)
        yield get('/d/', *fields)
        yield get('/nope', *fields)
    for value in RANGES:
        for target in '/a.txt', '/large.bin', '/empty.txt':
            yield get(target, ('Range', value))
        yield get('/a.txt', ('Range', value), method='HEAD')
    yield get('/a.txt', ('Range', 'bytes=0-0'), ('Range', 'bytes=2-2'))
    yield get('/nope', ('Range', 'bytes=0-0'))
    yield get('/d', ('Range', 'bytes=0-0'))
    for value in IF_RANGES:
        for target in '/a.txt', '/large.bin':
            yield get(target, ('Range', 'bytes=1-2'), ('If-Range', value))
        yield get('/a.txt', ('If-Range', value))
    for value in ENCODINGS:
        for target in '/code.js', '/a.txt':
            yield get(target, ('Accept-Encoding', value))
        yield get('/code.js', ('Accept-Encoding', value), method='HEAD')
    gzip = ('Accept-Encoding', 'gzip')
    yield get('/code.js.gz', gzip)
    yield get('/code.js', gzip, ('Range', 'bytes=2-5'))
    yield get('/code.js', gzip, ('Range', 'bytes=2-5,7-8'))
    yield get('/code.js', gzip, ('If-Modified-Since', THEN))
    yield get('/code.js', ('Accept-Encoding', 'br'), ('Accept-Encoding', 'gzip'))
    for target in '/a.txt', '/d', '/nope', '/large.bin', '/empty.txt':
        yield get(target, version='1.0')
    yield get('/a.txt', ('Connection', 'keep-alive'), version='1.0')
    yield get('/a.txt', ('Range', 'bytes=1-2'), version='1.0')
    yield get('/a.txt', ('Range', 'bytes=0-0,2-2'), version='1.0')


def name(case):
    """What a case is called: its request, long targets shortened."""
    method, target, version, fields = case
    if len(target) > 100:
        target = f'{target[:8]}...({len(target)})'
    text = f'{method} {target}' + (f' HTTP/{version}' if version != '1.1' else '')
    return ' | '.join([text, *(f'{name}: {value}' for name, value in fields)])
