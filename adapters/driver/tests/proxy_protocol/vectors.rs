//! Headers, and what is none.

/// Comes behind every header.
pub const BEHIND: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A header, the source and the destination; both empty where the socket's own counts.
pub const ACCEPTED: &[(&[u8], &str, &str)] = &[
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\r\n", "192.0.2.7:51234", "198.51.100.1:443"),
    (
        b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
        "255.255.255.255:65535",
        "255.255.255.255:65535",
    ),
    (b"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0", "0.0.0.0:0"),
    (b"PROXY TCP6 2001:db8::7 ::1 51234 443\r\n", "[2001:db8::7]:51234", "[::1]:443"),
    (
        b"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
          ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65534\r\n",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65534",
    ),
    (b"PROXY UNKNOWN\r\n", "", ""),
    // The longest line there may be: 107 bytes.
    (
        b"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
          ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "",
        "",
    ),
    (b"PROXY UNKNOWN + what \xff ever may be said, and \0 then some more\r\n", "", ""),
    // LOCAL: without a block, with one, and with one that says nothing sensible.
    (b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00", "", ""),
    (
        b"\r\n\r\n\0\r\nQUIT\n\x20\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x01\xbb",
        "",
        "",
    ),
    (b"\r\n\r\n\0\r\nQUIT\n\x20\xff\x00\x03abc", "", ""),
    (
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x01\xbb",
        "192.0.2.7:51234",
        "198.51.100.1:443",
    ),
    // With a field behind the addresses, and with one that is cut off.
    (
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x10\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x01\xbb\
          \x04\x00\x01x",
        "192.0.2.7:51234",
        "198.51.100.1:443",
    ),
    (
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0e\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x01\xbb\
          \x04\xff",
        "192.0.2.7:51234",
        "198.51.100.1:443",
    ),
    (
        b"\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x24\
          \x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\
          \xc8\x22\x01\xbb",
        "[2001:db8::7]:51234",
        "[::1]:443",
    ),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x00\x00\x00", "", ""),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x00\x00\x04\x04\x00\x01x", "", ""),
];

/// What is refused, and what the error says.
pub const REFUSED: &[(&[u8], &str)] = &[
    (b"", "does not begin with a header"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "does not begin with a header"),
    (b"proxy TCP4 192.0.2.7 198.51.100.1 51234 443\r\n", "does not begin with a header"),
    (b" PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\r\n", "does not begin with a header"),
    (b"PROXYTCP4 192.0.2.7 198.51.100.1 51234 443\r\n", "does not begin with a header"),
    (b"\r\n\r\n\0\r\nQUIt\n\x21\x11\x00\x0c", "does not begin with a header"),
    (b"PROXY\r\n", "does not begin with a header"),
    (b"PROXY \r\n", "PROXY protocol: "),
    (b"PROXY TCP5 192.0.2.7 198.51.100.1 51234 443\r\n", "rotocol"),
    (b"PROXY TCP4\r\n", "PROXY protocol: "),
    (b"PROXY TCP4 192.0.2.7\r\n", "PROXY protocol: "),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234\r\n", "PROXY protocol: "),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 443 \r\n", "PROXY protocol: "),
    (b"PROXY TCP4 192.0.2.7  198.51.100.1 51234 443\r\n", "PROXY protocol: "),
    (b"PROXY TCP4 192.0.2.300 198.51.100.1 51234 443\r\n", "ddress"),
    (b"PROXY TCP4 192.0.02.7 198.51.100.1 51234 443\r\n", "ddress"),
    (b"PROXY TCP4 ::1 ::1 51234 443\r\n", "ddress"),
    (b"PROXY TCP6 192.0.2.7 198.51.100.1 51234 443\r\n", "ddress"),
    (b"PROXY TCP6 fe80::1%eth0 ::1 51234 443\r\n", "ddress"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n", "port"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 -1\r\n", "port"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 +443\r\n", "port"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 051234 443\r\n", "port"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\n", "no CR LF"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\rX", "no CR LF"),
    (b"PROXY UNKNOWN\rX\n", "no CR LF"),
    (b"PROXY UNKNOWNX\r\n", "rotocol"),
    (
        b"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
          ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655350\r\n",
        "version 1",
    ),
    (
        b"PROXY TCP6 0000000000000000000000000000000000000000000000000000000000000000000000000000\
          00000000000000000000000000000000000000000000",
        "more than 107 bytes",
    ),
    (b"\r\n\r\n\0\r\nQUIT\n\x11\x11\x00\x0c", "version and command 0x11"),
    (b"\r\n\r\n\0\r\nQUIT\n\x22\x11\x00\x0c", "version and command 0x22"),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x12\x00\x0c", "family and protocol 0x12"),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x10\x00\x0c", "family and protocol 0x10"),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x41\x00\x0c", "family and protocol 0x41"),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0b\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x01", "ddress"),
    (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", "65551 bytes"),
    (b"\r\n\r\n\0\r\nQUIT\n\x20\x00\xff\xff", "65551 bytes"),
];
