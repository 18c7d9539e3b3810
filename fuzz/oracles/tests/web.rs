//! The targets about rules over messages, over inputs that are always the same.

mod dice;

use blazeio_oracles::{
    condition, disposition, forwarded, multipart, negotiate, parameters, range, relay, segment,
    urlencoded,
};
use dice::Dice;

/// Pieces, one after the other, and single bytes between them.
fn input(dice: &mut Dice, pieces: &[&str], front: usize) -> Vec<u8> {
    let mut data: Vec<u8> = (0..front).map(|_| dice.next() as u8).collect();
    for _ in 0..=dice.below(12) {
        match dice.below(12) {
            0 => data.push(dice.next() as u8),
            1 => {
                let at = front + dice.below(data.len() - front + 1);
                data.truncate(at);
            }
            _ => data.extend_from_slice(pieces[dice.below(pieces.len())].as_bytes()),
        }
    }
    data
}

fn run_over(seed: u64, pieces: &[&str], front: usize, run: fn(&[u8])) {
    let mut dice = Dice(seed);
    for _ in 0..20_000 {
        let data = input(&mut dice, pieces, front);
        let outcome = std::panic::catch_unwind(|| run(&data));
        assert!(outcome.is_ok(), "{}", data.escape_ascii());
    }
}

#[test]
fn mpart_forms_are_read_as_a_naive_reader_reads_them() {
    let pieces = [
        "--x",
        "--x\r\n",
        "\r\n--x",
        "\r\n--x\r\n",
        "\r\n--x--",
        "--x--\r\n",
        "-",
        "--",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\n",
        " ",
        "a: b\r\n",
        "a",
        "content",
        "\r\n---",
        "--x\r\na: b\r\n\r\n",
        "Content-Disposition: form-data; name=a\r\n",
        "-----x",
        "\r\n----x",
    ];
    run_over(1, &pieces, 2, multipart::run);
}

#[test]
fn urlf_queries_are_read_as_whatwg_reads_them() {
    let pieces =
        ["a", "=", "&", "+", "%", "%41", "%4", "%zz", ";", "b=c", "&&", "%C3%A9", "é", "\n"];
    run_over(2, &pieces, 0, urlencoded::run);
}

#[test]
fn range_what_is_selected_exists_and_was_asked_for() {
    let pieces = [
        "bytes=",
        "bytes ",
        "0",
        "1",
        "9",
        "-",
        ",",
        " ",
        "0-0",
        "1-",
        "-5",
        "99999999999999999999",
        "/",
        "*",
        "0-0,2-2",
        "10-20",
        "bytes=0-0,",
    ];
    run_over(3, &pieces, 8, range::run);
}

#[test]
fn cond_dates_and_tags_are_read_as_others_read_them() {
    let pieces = [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, ",
        "06 ",
        "31 ",
        "Feb ",
        "1994 ",
        "2000 ",
        "08:49:37",
        " GMT",
        "W/",
        "\"",
        "a",
        "\"a\"",
    ];
    run_over(4, &pieces, 0, condition::run);
}

#[test]
fn parameters_are_read_as_a_naive_reader_reads_them() {
    let pieces = [
        ";",
        "; ",
        "a",
        "=",
        "\"",
        "\\",
        "\"b\"",
        "name=",
        "filename=\"c\"",
        "filename*=UTF-8''%41",
        "form-data",
        "attachment",
        "text/html",
        "/",
        " ",
        "é",
        "\t",
        "CON",
        "..",
    ];
    run_over(5, &pieces, 0, parameters::run);
}

#[test]
fn host_forwarded_addresses_are_those_that_a_naive_reader_finds() {
    let pieces = [
        "for=",
        "FOR=",
        "10.0.0.1",
        "10.0.0.3",
        "10.0.0.2",
        ",",
        ", ",
        "\n",
        ";",
        "proto=http",
        "\"",
        "\\",
        "[::1]",
        "\"[2001:db8::1]:80\"",
        ":80",
        ":_a",
        "unknown",
        "_x",
        " ",
        "=",
        "for=10.0.0.1",
        "by=_y;for=10.0.0.5",
        ",for=\"[::3]\"",
        ", for=\"[::ffff:10.0.0.7]\"",
        "::5",
        "x=\"\\\"",
    ];
    run_over(6, &pieces, 1, forwarded::run);
}

#[test]
fn path_names_are_those_that_every_rule_allows() {
    let pieces = [
        "a",
        ".",
        "..",
        "/",
        "\\",
        ":",
        "%",
        "2",
        "%2e",
        "%2F",
        "%5C",
        "%00",
        "%25",
        " ",
        "~1",
        "~",
        "con",
        "NUL",
        "com1",
        "lpt",
        "\u{b9}",
        "%C2%B2",
        "\u{200c}",
        "\u{feff}",
        ".well-known",
        "é",
        "\u{85}",
        "git",
        "12345678",
        "html",
        "conin$",
        "+",
        "*",
        "?",
        "|",
    ];
    run_over(7, &pieces, 1, segment::run);
}

#[test]
fn mpart_names_read_back_and_are_safe() {
    let pieces = [
        "form-data",
        "attachment",
        ";",
        "; ",
        "name=",
        "filename=",
        "filename*=",
        "=",
        "\"",
        "\\",
        "\"a\"",
        "UTF-8''",
        "iso-8859-1'en'",
        "%22",
        "%0d",
        "%0A",
        "%C3%A9",
        "%e9",
        "%",
        "a",
        ".",
        "/",
        "'",
        "\u{20ac}",
        "\n",
        "CON",
        "GIT~1",
        "\u{200c}",
        ".git",
        " ",
        "*",
        "attachment;filename=",
        "attachment; filename*=UTF-8''a",
        "attachment; filename*=iso-8859-1''%e9%80",
        "form-data;name=",
        "form-data;name=\"%0a%0D",
        " = ",
        "attachment;filename=b;filename*=",
        "utf-8'de-CH'",
        "utf-8'9'",
        "%f0%9f%92%a1",
        "%e2%82",
    ];
    run_over(8, &pieces, 0, disposition::run);
}

/// What a client may say of what may be offered: of codings, media types, languages.
const PREFERENCES: [(&[&str], &[&str]); 3] = [
    (
        &["gzip", "br", "identity", "X-GZIP", "x-br", "compress"],
        &["gzip", "BR", "identity", "x-gzip", "x-br", "x-compress", "*"],
    ),
    (
        &["text/html", "text/plain", "text/html;level=1", "text/html;level=1;a=b", "text"],
        &[
            "text/html",
            "TEXT/html",
            "text/*",
            "*/*",
            "text/plain",
            "text/html;level=1",
            "text/html;a=b;level=1",
            "*/html",
        ],
    ),
    (
        &["de", "de-CH", "de-CH-1996", "en", "fr-CA"],
        &["de", "DE-ch", "de-CH-1996", "d", "en", "en-GB", "fr", "*"],
    ),
];

/// What stands behind a name.
const WEIGHTS: [&str; 22] = [
    "",
    "",
    "",
    ";q=0",
    ";q=0",
    ";q=0.5",
    ";q=0.4",
    ";q=1",
    ";q=0.001",
    ";q=1.000",
    "; Q=0.4 ",
    ";q=1.5",
    ";q=0.1234",
    ";q=",
    ";q=\"0.3\"",
    ";q=\"0.\\3\"",
    ";q=0.2;x=y",
    ";q=0.2;q=0.9",
    ";q=0.2;x",
    ";a=b",
    ";level=\"1\";q=0.2",
    ";a=\"c, br, */*;q=0\"",
];

/// Offers in one line, and wishes in one or more.
fn preferences(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.below(3);
    let (offers, wishes) = PREFERENCES[kind];
    let one = |all: &[&'static str], dice: &mut Dice| all[dice.below(all.len())];
    let offered: Vec<_> = (0..1 + dice.below(3)).map(|_| one(offers, dice)).collect();
    let mut text = offered.join("|");
    for at in 0..dice.below(5) {
        text += if at == 0 || dice.below(8) == 0 { "\n" } else { one(&[",", ", ", " , ,"], dice) };
        text = text + one(wishes, dice) + one(&WEIGHTS, dice);
    }
    [&[kind as u8], text.as_bytes()].concat()
}

#[test]
fn what_a_client_likes_best_is_what_a_naive_reader_finds() {
    let mut dice = Dice(9);
    for _ in 0..40_000 {
        let data = preferences(&mut dice);
        let outcome = std::panic::catch_unwind(|| negotiate::run(&data));
        assert!(outcome.is_ok(), "{}", data.escape_ascii());
    }
}

#[test]
fn hop_what_is_passed_on_is_read_as_it_came() {
    let pieces = [
        "\r\n",
        "\r\n",
        "Connection: ",
        "connection: close\r\n",
        "X: y\r\n",
        "x",
        ",",
        "X-A",
        ": ",
        "Connection: x, X-A, Authorization\r\n",
        "Authorization: b\r\n",
        "Via: 1.1 edge:80\r\n",
        "Via: 1.0 a (b, 1.1 EDGE:80 )\r\n",
        "Via: ",
        "(",
        ")",
        "\\",
        "1.1 edge:80",
        "Proxy-Authentication-Info: x\r\n",
        "Max-Forwards: 1\r\n",
        "Max-Forwards: 0\r\n",
        "Max-Forwards: 99999999999\r\n",
        "TE: trailers\r\n",
        "Upgrade: x\r\n",
        "Keep-Alive: 5\r\n",
        "Content-Length: 5\r\n\r\nhello",
        "\r\n5\r\nhello\r\n0\r\nX-A: b\r\n\r\n",
        "hello",
        "Expect: 100-continue\r\n",
        "Content-Length: 0\r\n",
        "\r\n0\r\n\r\n",
        "Content-Length: 7\r\n",
        "Connection: Content-Encoding\r\nContent-Encoding: br\r\n",
        "Cookie: a\r\n",
        "GET http://b?c HTTP/1.1\r\nHost: b\r\n",
        "HTTP/1.1 103 \r\nX: y\r\n\r\n",
        "HTTP/1.1 204 \r\n",
        "HTTP/1.0 200 \r\n",
        "HTTP/1.1 426 \r\n",
        "PUT / HTTP/1.0\r\n",
        "GET /? HTTP/1.1\r\nHost: b\r\n\r\n",
        "Connection: a,b,c,d,e,f,g,h\r\n",
        "Connection: i,j,k,l,m,n,o,p,q\r\n",
        "Proxy-Authorization: b\r\n",
        "Content-Length: 5, 5\r\n\r\n",
        "Content-Length: +5\r\n\r\n",
        "Content-Length: 5, 6\r\n\r\n",
        "HTTP/1.1 205 \r\n",
    ];
    run_over(10, &pieces, 1, relay::run);
}
