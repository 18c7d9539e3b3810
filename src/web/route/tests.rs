extern crate std;

use super::RouteErrorKind::{self, Brace, Byte, Double, Name, NameTwice, NoSlash, RestNotLast};
use super::*;
use std::format;
use std::string::ToString;
use std::vec::Vec;

fn pattern_of(table: &[Route<'_, usize>], method: Method<'_>, path: &str) -> Option<usize> {
    match Routes::new(table).unwrap().find(method, path.as_bytes()) {
        Found::Route(found) => Some(*found.value),
        Found::MethodNotAllowed(_) | Found::NotFound => None,
    }
}

/// The index of the pattern that a GET belongs to.
fn get(patterns: &[&'static str], path: &str) -> Option<usize> {
    let table: Vec<_> =
        patterns.iter().enumerate().map(|(i, p)| Route::new(Method::Get, p, i)).collect();
    let mut backwards = table.clone();
    backwards.reverse();
    let found = pattern_of(&table, Method::Get, path);
    assert_eq!(found, pattern_of(&backwards, Method::Get, path), "the order does not count");
    found
}

fn captures<'p, 'a>(pattern: &'p str, path: &'a str) -> Option<Vec<(&'p str, &'a str)>> {
    let captures = Pattern::new(pattern).unwrap().captures(path.as_bytes())?;
    Some(captures.map(|(name, value)| (name, std::str::from_utf8(value).unwrap())).collect())
}

#[test]
fn a_literal_is_compared_after_decoding() {
    for path in ["/café", "/caf%C3%A9", "/%63af%c3%a9"] {
        assert_eq!(get(&["/café"], path), Some(0), "{path}");
    }
    for path in ["/caf", "/cafés", "/CAFÉ", "/café/", "//café", "/caf%C3", "/caf%C3%A9%"] {
        assert_eq!(get(&["/café"], path), None, "{path}");
    }
    assert_eq!(get(&["/a b"], "/a%20b"), Some(0));
    assert_eq!(get(&["/a+b"], "/a+b"), Some(0));
    // Decoded once.
    assert_eq!(get(&["/a"], "/%2561"), None);
}

#[test]
fn an_escaped_slash_does_not_cut() {
    assert_eq!(get(&["/a/b"], "/a%2Fb"), None);
    assert_eq!(captures("/{x}", "/a%2Fb"), Some(std::vec![("x", "a%2Fb")]));
    assert_eq!(captures("/{x}/{y}", "/a%2fb"), None);
}

#[test]
fn a_name_is_one_segment_that_is_not_empty() {
    assert_eq!(captures("/u/{id}/x", "/u/7/x"), Some(std::vec![("id", "7")]));
    for path in ["/u//x", "/u/7", "/u/7/x/", "/u/7/8/x", "/u", "u/7/x", ""] {
        assert_eq!(captures("/u/{id}/x", path), None, "{path}");
    }
}

#[test]
fn a_rest_is_all_that_is_left_and_may_be_empty() {
    assert_eq!(captures("/f/{*p}", "/f/a//b/"), Some(std::vec![("p", "a//b/")]));
    assert_eq!(captures("/f/{*p}", "/f/"), Some(std::vec![("p", "")]));
    assert_eq!(captures("/f/{*p}", "/f"), None);
    assert_eq!(captures("/{*p}", "/"), Some(std::vec![("p", "")]));
    assert_eq!(captures("/{a}/{*p}", "/x/y/z"), Some(std::vec![("a", "x"), ("p", "y/z")]));
}

#[test]
fn nothing_is_normalised() {
    assert_eq!(get(&["/a"], "/a/"), None);
    assert_eq!(get(&["/a/"], "/a/"), Some(0));
    assert_eq!(get(&["/a//b"], "/a//b"), Some(0));
    assert_eq!(get(&["/b"], "/a/../b"), None);
    assert_eq!(captures("/{x}", "/.."), Some(std::vec![("x", "..")]));
}

#[test]
fn a_literal_goes_before_a_name_and_a_name_before_a_rest() {
    let patterns = ["/{*all}", "/{a}", "/a", "/a/{*rest}", "/a/{b}", "/{a}/b", "/"];
    for (path, index) in
        [("/a", 2), ("/b", 1), ("/a/b", 4), ("/a/b/c", 3), ("/b/b", 5), ("/b/c", 0), ("/", 6)]
    {
        assert_eq!(get(&patterns, path), Some(index), "{path}");
    }
    assert_eq!(get(&["/f/", "/f/{*rest}"], "/f/"), Some(0));
}

#[test]
fn what_does_not_fit_later_is_taken_back() {
    assert_eq!(get(&["/a/b", "/{x}/c"], "/a/c"), Some(1));
    assert_eq!(get(&["/a/{x}/c", "/{x}/b/{y}", "/{*all}"], "/a/b/d"), Some(1));
    assert_eq!(get(&["/a/{x}/c", "/{x}/b/{y}", "/{*all}"], "/a/c/d"), Some(2));
}

#[test]
fn the_method_is_part_of_the_search() {
    let table = [Route::new(Method::Post, "/a/b", 0), Route::new(Method::Get, "/a/{x}", 1)];
    assert_eq!(pattern_of(&table, Method::Get, "/a/b"), Some(1));
    assert_eq!(pattern_of(&table, Method::Post, "/a/b"), Some(0));
    assert_eq!(pattern_of(&table, Method::Post, "/a/c"), None);
    let own = Method::Extension(b"PURGE");
    assert_eq!(pattern_of(&[Route::new(own, "/", 3)], own, "/"), Some(3));
    assert_eq!(pattern_of(&[Route::new(own, "/", 3)], Method::Extension(b"purge"), "/"), None);
}

#[test]
fn an_extension_that_spells_a_known_method_is_that_method() {
    let spelled = [Route::new(Method::Extension(b"GET"), "/", 0)];
    assert_eq!(spelled[0].method(), Some(Method::Get));
    for method in [Method::Get, Method::Head] {
        assert_eq!(pattern_of(&spelled, method, "/"), Some(0), "{method}");
    }
    let known = [Route::new(Method::Get, "/", 0), Route::any("/", 1)];
    for (token, value) in [("GET", 0), ("HEAD", 0), ("get", 1)] {
        let method = Method::from_bytes(token.as_bytes()).unwrap();
        assert_eq!(pattern_of(&known, method, "/"), Some(value));
    }
    let Found::MethodNotAllowed(allowed) = Routes::trusted(&spelled).find(Method::Put, b"/") else {
        panic!("it has a route")
    };
    assert_eq!(allowed.to_string(), "GET, HEAD");
}

/// What the documentation says of it.
#[test]
fn a_table_that_was_not_checked_is_searched_too() {
    let route = |pattern, value| Route::new(Method::Get, pattern, value);
    let table = [route("/a", 0), route("/a", 1), route("/{*r}/b", 2), route("c", 3)];
    for (path, value) in [("/a", Some(0)), ("/c", Some(2)), ("c", None)] {
        let found = match Routes::trusted(&table).find(Method::Get, path.as_bytes()) {
            Found::Route(found) => Some(*found.value),
            _ => None,
        };
        assert_eq!(found, value, "{path}");
    }
}

#[test]
fn head_is_answered_by_get_unless_it_has_a_route() {
    let mut table = std::vec![Route::new(Method::Get, "/", 0), Route::any("/", 1)];
    assert_eq!(pattern_of(&table, Method::Head, "/"), Some(0));
    assert_eq!(pattern_of(&table, Method::Put, "/"), Some(1));
    table.push(Route::new(Method::Head, "/", 2));
    assert_eq!(pattern_of(&table, Method::Head, "/"), Some(2));
    // The pattern goes before the method.
    table.push(Route::new(Method::Head, "/{x}", 3));
    table.push(Route::new(Method::Get, "/a", 4));
    assert_eq!(pattern_of(&table, Method::Head, "/a"), Some(4));
}

#[test]
fn allow_has_each_method_once_and_head_with_get() {
    let own = Method::Extension(b"PURGE");
    let table = [
        Route::new(Method::Put, "/a", ()),
        Route::new(Method::Get, "/{x}", ()),
        Route::new(own, "/{x}", ()),
        Route::new(Method::Get, "/a", ()),
        Route::new(Method::Put, "/b/c", ()),
        Route::new(Method::Head, "/b", ()),
        Route::new(Method::Get, "/b", ()),
        Route::new(own, "/{*x}", ()),
    ];
    let routes = Routes::new(&table).unwrap();
    for (path, value) in [
        ("/a", "PUT, GET, HEAD, PURGE"),
        ("/b", "GET, PURGE, HEAD"),
        ("/b/c", "PUT, PURGE"),
        ("/", "PURGE"),
    ] {
        let Found::MethodNotAllowed(allowed) = routes.find(Method::Delete, path.as_bytes()) else {
            panic!("{path}");
        };
        assert_eq!(allowed.to_string(), value);
        let mut out = [0; 64];
        assert_eq!(allowed.write_to(&mut out).unwrap(), value.as_bytes());
        assert_eq!(allowed.write_to(&mut out[..value.len()]).unwrap(), value.as_bytes());
        assert_eq!(allowed.write_to(&mut out[..value.len() - 1]), None);
    }
    assert!(matches!(routes.find(Method::Delete, b"a"), Found::NotFound));
}

fn refusal(table: &[Route<'_, ()>]) -> (RouteErrorKind, usize, usize) {
    let error = Routes::new(table).unwrap_err();
    assert!(!error.to_string().is_empty());
    (error.kind(), error.route(), error.offset())
}

#[test]
fn a_bad_pattern_is_refused_and_where_is_told() {
    for (pattern, kind, offset) in [
        ("", NoSlash, 0),
        ("a", NoSlash, 0),
        ("{*all}", NoSlash, 0),
        ("/a/b%2Fc", Byte, 3),
        ("/a?b", Byte, 1),
        ("/a#b", Byte, 1),
        ("/a\n", Byte, 1),
        ("/\x7f", Byte, 1),
        ("/a/{b", Brace, 3),
        ("/a/b}", Brace, 3),
        ("/{", Brace, 1),
        ("/x{a}", Brace, 1),
        ("/{a}x", Brace, 1),
        ("/{}", Name, 1),
        ("/{*}", Name, 1),
        ("/{a-b}", Name, 1),
        ("/{a}{b}", Name, 1),
        ("/{**a}", Name, 1),
        ("/{é}", Name, 1),
        ("/{a}/b/{a}", NameTwice, 1),
        ("/{a}/{*a}", NameTwice, 1),
        ("/{*a}/b", RestNotLast, 1),
        ("/{*a}/", RestNotLast, 1),
    ] {
        let good = Route::new(Method::Get, "/", ());
        let bad = Route::new(Method::Get, pattern, ());
        assert_eq!(refusal(&[good, bad]), (kind, 1, offset), "{pattern:?}");
    }
    assert!(Pattern::new("/{a}/{b}/{*c}").is_ok());
}

#[test]
fn a_route_that_an_earlier_one_hides_is_refused() {
    let route = |pattern| Route::new(Method::Get, pattern, ());
    assert_eq!(refusal(&[route("/"), route("/a"), route("/a")]), (Double, 2, 0));
    assert_eq!(refusal(&[route("/{a}/b"), route("/{c}/b")]), (Double, 1, 0));
    assert_eq!(refusal(&[route("/{*a}"), route("/{*b}")]), (Double, 1, 0));
    assert_eq!(refusal(&[Route::any("/", ()), Route::any("/", ())]), (Double, 1, 0));
    let apart = [
        route("/a"),
        route("/a/"),
        route("/{a}"),
        route("/{*a}"),
        route("/{a}/{*b}"),
        Route::new(Method::Head, "/a", ()),
        Route::new(Method::Extension(b"get"), "/a", ()),
        Route::any("/a", ()),
    ];
    assert!(Routes::new(&apart).is_ok());
}

/// What was taken before is not looked at again.
#[test]
fn quad_a_table_that_grows_is_checked_by_its_last_route() {
    let all = ["/", "/a/{x}", "/a/{y}", "a", "/b", "/{*r}", "/", "/{*s}", "/a/{x}/b", "/{x}{y}"];
    let mut table = Vec::new();
    for pattern in all {
        table.push(Route::new(Method::Get, pattern, ()));
        let whole = Routes::new(&table).map(|routes| routes.table().len());
        assert_eq!(Routes::extended(&table).map(|routes| routes.table().len()), whole, "{pattern}");
        if whole.is_err() {
            table.pop();
        }
    }
    assert_eq!(table.len(), 5);
    assert!(Routes::<()>::extended(&[]).is_ok());
}

#[test]
fn a_static_table_is_checked_by_the_compiler() {
    static TABLE: [Route<'_, u8>; 2] = [Route::new(Method::Get, "/", 1), Route::any("/{*all}", 2)];
    static ROUTES: Routes<'_, u8> = Routes::checked(&TABLE);
    let Found::Route(found) = ROUTES.find(Method::Options, b"/x/y") else { panic!() };
    assert_eq!((*found.value, found.pattern), (2, "/{*all}"));
    assert_eq!(found.captures.get("all"), Some(&b"x/y"[..]));
    assert_eq!(found.captures.get("none"), None);
    assert_eq!(format!("{:?}", found.captures), "[all=x/y]");
}

#[test]
#[should_panic(expected = "a brace that does not enclose a whole segment")]
fn a_bad_table_that_is_no_static_panics_with_the_reason() {
    let _ = Routes::checked(&[Route::new(Method::Get, "/{", ())]);
}
