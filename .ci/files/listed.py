"""Where ours differs from nginx, and the sentence that allows or asks for it. By reason: the aspect,
what nginx's is, what ours is, which cases by a pattern over their names, and how many they are."""

GET_OR_HEAD = r'^(GET|HEAD) '

# The file, and its sibling.
PLAIN, CODED = '440 bytes, 205bff7a', '8 bytes, 1401780f'

LISTED = {
    # Fields.
    'RFC 9110 §12.5.5: "An origin server SHOULD generate a Vary header field on a cacheable response when it wishes '
    'that response to be selectively reused": a sibling may be there tomorrow; nginx says it only where one is.': [
        ('vary', '', 'Accept-Encoding', GET_OR_HEAD, 243),
    ],
    'RFC 9110 §14.3: Accept-Ranges says that ranges of the target are served. So they are; nginx leaves it out of 206, '
    'and serves none of a .gz.': [
        ('accept-ranges', '', 'bytes', r'^GET .*\| Range: ', 35),
        ('accept-ranges', '', 'bytes', r'^(GET|HEAD) /code\.js \| Accept-Encoding: [^|]*$', 22),
    ],
    'RFC 9110 §15.4.5: "a sender SHOULD NOT generate representation metadata other than the above listed fields" with '
    '304: nginx adds to it what it was told to add.': [
        ('x-content-type-options', 'nosniff', '', GET_OR_HEAD, 40),
    ],
    'RFC 3986 §6.2.2.2: %64 and d are equivalent: nginx sends its own form back, ours the one that was sent.': [
        ('location', '/d/', '/%64/', r'^(GET|HEAD) /%64$', 2),
    ],
    # Methods.
    'RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response": nginx does not.': [
        ('allow', '', 'GET, HEAD, OPTIONS', r'^(POST|PUT|DELETE|PATCH|BREW) ', 18),
    ],
    'RFC 9110 §9.3.7: OPTIONS asks for "information about the communication options available": it is answered.': [
        ('status', '405', '204', r'^OPTIONS /', 4),
        ('status', '400', '204', r'^OPTIONS \*$', 1),
        ('step', "'closed'", "'open'", r'^OPTIONS \*$', 1),
    ],
    'RFC 9110 §9.1: a method that is "recognized and implemented, but not allowed for the target resource" SHOULD be '
    'answered 405: so for every path, whether or not something is there, before anything is looked for.': [
        ('status', '404', '405', r'^POST /nope \| ', 1),
        ('status', '301', '405', r'^POST /d \| ', 1),
    ],
    'RFC 9110 §9.1: "The method token is case-sensitive", and `get` is a token: a method that is not allowed, no bad '
    'request.': [
        ('status', '400', '405', r'^get ', 4),
        ('step', "'closed'", "'open'", r'^get ', 4),
    ],
    # Paths.
    'RFC 9110 §15.5.5: 404 where the server "is not willing to disclose that one exists": a folder without index, '
    'symbolic links; nginx says 403.': [
        ('status', '403', '404', r'^(GET|HEAD) /(d/e/|link\.txt|inside\.txt|up)$', 6),
    ],
    'RFC 3986 §3.3: "." and ".." are "intended for use at the beginning of a relative-path reference", and clients '
    'remove them (§5.2.4). What is left of them, encoded or not, is no name (PATH); nginx resolves them, and '
    'answers 400 where they lead out.': [
        ('status', '200', '404', r'^(GET|HEAD) /(d/\.|\./|d/%2e%2e/|d%2F\.\.|a\.txt/\.\.$)', 10),
        ('status', '200', '404', r'^GET //evil\.example/(\.\.|%2e%2e)$', 2),
        ('status', '400', '404', r'^GET /(\.\.|%2e%2e|%2E%2E|d/\.\./\.\.)', 9),
        ('step', "'closed'", "'open'", r'^GET /(\.\.|%2e%2e|%2E%2E|d/\.\./\.\.)', 9),
    ],
    'RFC 3986 §2.2: "%2F" and "/" are not equivalent, "URIs that differ in the replacement of a reserved character '
    'with its corresponding percent-encoded octet are not equivalent": an encoded slash is in no name (PATH).': [
        ('status', '200', '404', r'^GET /d%2fb\.txt$', 1),
    ],
    'RFC 3986 §3.3: a segment may be empty; /d//b.txt is another path than /d/b.txt, and nothing is there. A '
    'redirect that begins with two slashes would lead to another host (OPENR).': [
        ('status', '200', '404', r'^GET (//a\.txt|//d/|///a\.txt|/d//b\.txt|/d/e//c\.txt)$', 5),
        ('status', '301', '404', r'^GET //d$', 1),
    ],
    'RFC 9110 §15.5.5: names that are a way out or a device on another system are served on none (PATH).': [
        ('status', '200', '404', r'^GET /(back%5cslash|back\\slash|con)$', 3),
    ],
    'RFC 9110 §15.5.5: a NUL, or an escape that is none, is in no name of a file; nothing is wrong with the message.': [
        ('status', '400', '404', r'^(GET|HEAD) /(a\.txt)?%(00(\.html)?|zz|4|u0041)?$', 9),
        ('step', "'closed'", "'open'", r'^(GET|HEAD) /(a\.txt)?%(00(\.html)?|zz|4|u0041)?$', 9),
    ],
    # Conditions.
    'RFC 9110 §13.2.2 (4): If-Modified-Since counts when "If-None-Match is not present"; nginx wants both.': [
        ('status', '200', '304', r'\| If-None-Match: \{etag\} \| If-Modified-Since: ', 3),
    ],
    'RFC 9110 §13.2.2 (2): If-Unmodified-Since counts when "If-Match is not present"; nginx wants both.': [
        ('status', '412', '200', r'\| If-Match: \{etag\} \| If-Unmodified-Since: ', 3),
    ],
    'RFC 9110 §13.1.4: "A recipient MUST ignore the If-Unmodified-Since header field if the received field value is '
    'not a valid HTTP-date".': [
        ('status', '412', '200', r'\| If-Unmodified-Since: yesterday$', 3),
    ],
    'RFC 9110 §5.3: lines of one name are one list; If-None-Match is one (§13.1.2). nginx refuses a second line.': [
        ('status', '400', '304', r'\| If-None-Match: "x" \| If-None-Match: ', 3),
        ('status', '400', '404', r'^GET /nope \| If-None-Match: "x" \| If-None-Match: ', 1),
    ],
    'RFC 9112 §9.3: connections of HTTP/1.1 persist by default: nginx closes after 412 and 400, though the message was '
    'framed and the next one can be read.': [
        ('step', "'closed'", "'open'", r'\| If-', 31),
    ],
    # Ranges.
    'RFC 9110 §14.2: "A server MUST ignore a Range header field received with a request method that is unrecognized or '
    'for which range handling is not defined. For this specification, GET is the only method".': [
        ('status', '206', '200', r'^HEAD .*\| Range: ', 15),
        ('status', '416', '200', r'^HEAD .*\| Range: ', 17),
    ],
    'RFC 9110 §14.1.2: a range is satisfiable if its first position is less than the length: of an empty file none is, '
    'and "the server SHOULD send a 416" (§14.2).': [
        ('status', '200', '416', r'^GET /empty\.txt \| Range: ', 13),
    ],
    'RFC 9110 §14.2: "A server that supports range requests MAY ignore or reject a Range header field that contains an '
    'invalid ranges-specifier": ours ignores it, nginx rejects some and reads others.': [
        ('status', '416', '200', r'^GET .*\| Range: bytes=(3-1|-|a-b|1|1-x|\+1-2|1--2|,)$', 24),
        ('status', '206', '200', r'^GET .*\| Range: bytes=0 - 1$', 2),
    ],
    'RFC 9110 §14.1.2: "if the value is greater than or equal to the current length of the representation data, the '
    'byte range is interpreted as the remainder", however many digits it has.': [
        ('status', '416', '206', r'^GET .*\| Range: bytes=0-1844674407370955161[56]$', 4),
    ],
    'RFC 9110 §5.6.1.2: "a recipient MUST parse and ignore a reasonable number of empty list elements".': [
        ('status', '416', '206', r'^GET .*\| Range: bytes=(,0-1|0-1,)$', 4),
    ],
    'RFC 9110 §14.2: "A server MAY ignore the Range header field": ranges that overlap are sent once, as the whole '
    '(RANGE).': [
        ('status', '206', '200', r'^GET /large\.bin \| Range: bytes=0-2,1-3$', 1),
    ],
    'RFC 9110 §5.3: "a sender MUST NOT generate multiple field lines with the same name" of what is no list; nothing '
    'says which counts, so none does.': [
        ('status', '206', '200', r'\| Range: bytes=0-0 \| Range: ', 1),
    ],
    'RFC 9110 §14.2: a range is one of the selected representation, whichever coding it has; nginx serves none of a '
    '.gz.': [
        ('status', '200', '206', r'\| Accept-Encoding: gzip \| Range: bytes=2-5$', 1),
    ],
    # Codings.
    'RFC 9110 §12.5.3: "*" is any coding that is not named; x-gzip is to be taken for gzip (§8.4.1.3); several lines are '
    'one list (§5.3).': [
        ('content-encoding', '', 'gzip', r'\| Accept-Encoding: (\*|x-gzip|br \| Accept-Encoding: gzip)$', 5),
        ('content-length', '440', '8', r'\| Accept-Encoding: (\*|x-gzip|br \| Accept-Encoding: gzip)$', 5),
        ('content', PLAIN, CODED, r'^GET .*\| Accept-Encoding: (\*|x-gzip|br \| Accept-Encoding: gzip)$', 3),
    ],
    'RFC 9110 §12.4.2: a weight is a preference, and that of identity is 1 here.': [
        ('content-encoding', 'gzip', '', r'\| Accept-Encoding: identity, gzip;q=0\.5$', 2),
        ('content-length', '8', '440', r'\| Accept-Encoding: identity, gzip;q=0\.5$', 2),
        ('content', CODED, PLAIN, r'^GET .*\| Accept-Encoding: identity, gzip;q=0\.5$', 1),
    ],
}
