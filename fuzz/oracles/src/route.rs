//! A table of routes, a method and a path: the table is judged and the route found as by a tree
//! that is searched naively, with a step back wherever a branch leads nowhere.

use blazeio::Method;
use blazeio::web::route::{Found, Pattern, Route, Routes};
use std::collections::BTreeSet;

/// What a table and a request came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// There is not even a request.
    Nothing,
    /// The table has a wrong route.
    Refused,
    /// A route was found.
    Route,
    /// 405 (Method Not Allowed).
    MethodNotAllowed,
    /// 404 (Not Found).
    NotFound,
}

/// [`judge`], for any bytes.
pub fn run(data: &[u8]) {
    judge(data);
}

/// Lines, of which each begins with a letter for the method: the routes, and at last the request.
///
/// # Panics
/// When the core comes to something else than the naive search.
pub fn judge(data: &[u8]) -> Outcome {
    let lines: Vec<(char, &str)> = data
        .split(|byte| *byte == b'\n')
        .take(12)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .map(|line| {
            let letter = line.chars().next().unwrap_or('G');
            (letter, line.strip_prefix(letter).unwrap_or_default())
        })
        .collect();
    let Some(((letter, path), routes)) = lines.split_last() else { return Outcome::Nothing };
    let table: Vec<_> = (0..).zip(routes).map(|(n, (m, pattern))| route(*m, pattern, n)).collect();
    let wrong = first_wrong(routes);
    match Routes::new(&table) {
        Err(error) => {
            assert_eq!(Some(error.route()), wrong, "{error} in {routes:?}");
            Outcome::Refused
        }
        Ok(found) => {
            assert_eq!(wrong, None, "{routes:?}");
            compare(found, routes, method(*letter).unwrap_or(Method::Get), path)
        }
    }
}

fn method(letter: char) -> Option<Method<'static>> {
    match letter {
        '*' => None,
        'H' => Some(Method::Head),
        'P' => Some(Method::Post),
        'X' => Some(Method::Extension(b"X")),
        'Y' => Some(Method::Extension(b"Y")),
        // Two that spell known ones.
        'E' => Some(Method::Extension(b"GET")),
        'F' => Some(Method::Extension(b"HEAD")),
        _ => Some(Method::Get),
    }
}

fn route(letter: char, pattern: &str, value: usize) -> Route<'_, usize> {
    match method(letter) {
        Some(method) => Route::new(method, pattern, value),
        None => Route::any(pattern, value),
    }
}

fn compare(
    table: Routes<'_, usize>,
    routes: &[(char, &str)],
    method: Method<'_>,
    path: &str,
) -> Outcome {
    let groups = match path.strip_prefix('/') {
        Some(rest) => {
            walk(routes, (0..routes.len()).collect(), &rest.split('/').collect::<Vec<_>>(), 0)
        }
        None => Vec::new(),
    };
    // What is asked for was read.
    let method = Method::from_bytes(method.as_bytes()).expect("a token");
    let found = table.find(method, path.as_bytes());
    match (found, groups.iter().find_map(|group| fitting(routes, group, method))) {
        (Found::Route(found), Some(index)) => {
            assert_eq!(*found.value, index, "{method} {path} in {routes:?}");
            let pattern = Pattern::new(found.pattern).expect("it was checked");
            let again: Vec<_> = pattern.captures(path.as_bytes()).expect("it fits").collect();
            let captures: Vec<_> = found.captures.collect();
            assert_eq!(captures, again);
            let naive = captured(found.pattern, path);
            assert!(captures.iter().map(|(n, v)| (*n, v.to_vec())).eq(naive), "{captures:?}");
            Outcome::Route
        }
        (Found::MethodNotAllowed(allowed), None) => {
            let mut all: Vec<String> = allowed.map(|method| method.to_string()).collect();
            let mut room = [0; 64];
            assert_eq!(allowed.to_string(), all.join(", "));
            assert_eq!(allowed.write_to(&mut room), Some(allowed.to_string().as_bytes()));
            all.sort();
            assert_eq!(all, naive_allow(routes, &groups), "{path} in {routes:?}");
            Outcome::MethodNotAllowed
        }
        (Found::NotFound, None) => {
            assert!(groups.is_empty(), "{path} in {routes:?}");
            Outcome::NotFound
        }
        (found, naive) => panic!("{found:?}, not {naive:?}: {method} {path} in {routes:?}"),
    }
}

/// Routes of one pattern, best first, that a path belongs to.
fn walk(routes: &[(char, &str)], left: Vec<usize>, path: &[&str], depth: usize) -> Vec<Vec<usize>> {
    let part = |index: &usize| routes[*index].1.split('/').nth(depth + 1);
    let of = |is: &dyn Fn(&str) -> bool| {
        let fits = |index: &&usize| part(index).is_some_and(is);
        left.iter().filter(fits).copied().collect::<Vec<_>>()
    };
    let mut groups = Vec::new();
    let Some(segment) = path.get(depth) else {
        let ended: Vec<usize> =
            left.iter().filter(|index| part(index).is_none()).copied().collect();
        return if ended.is_empty() { groups } else { vec![ended] };
    };
    let text = decoded(segment);
    let literals = of(&|part| !part.starts_with('{') && part.as_bytes() == text);
    let names = of(&|part| part.starts_with('{') && !part.starts_with("{*"));
    let rests = of(&|part| part.starts_with("{*"));
    if !literals.is_empty() {
        groups.extend(walk(routes, literals, path, depth + 1));
    }
    if !names.is_empty() && !segment.is_empty() {
        groups.extend(walk(routes, names, path, depth + 1));
    }
    if !rests.is_empty() {
        groups.push(rests);
    }
    groups
}

/// Of routes with one pattern that of the method, GET's for HEAD, or that of any.
fn fitting(routes: &[(char, &str)], group: &[usize], wanted: Method<'_>) -> Option<usize> {
    let of = |asked: Option<&str>| {
        let name = |index: &usize| method(routes[*index].0).map(|method| method.to_string());
        group.iter().copied().find(|index| name(index).as_deref() == asked)
    };
    let wanted = wanted.to_string();
    let by_get = if wanted == "HEAD" { of(Some("GET")) } else { None };
    of(Some(&wanted)).or(by_get).or(of(None))
}

fn naive_allow(routes: &[(char, &str)], groups: &[Vec<usize>]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for method in groups.iter().flatten().filter_map(|index| method(routes[*index].0)) {
        all.insert(method.to_string());
        if method.to_string() == "GET" {
            all.insert("HEAD".into());
        }
    }
    all.into_iter().collect()
}

fn captured<'p>(pattern: &'p str, path: &str) -> Vec<(&'p str, Vec<u8>)> {
    let segments: Vec<&str> = path.split('/').collect();
    let mut all = Vec::new();
    for (at, part) in pattern.split('/').enumerate() {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            continue;
        };
        match name.strip_prefix('*') {
            Some(name) => all.push((name, segments[at..].join("/").into_bytes())),
            None => all.push((name, segments[at].into())),
        }
    }
    all
}

fn decoded(segment: &str) -> Vec<u8> {
    let bytes = segment.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                all.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                all.push(byte);
                at += 1;
            }
        }
    }
    all
}

/// The first route that makes the table wrong.
fn first_wrong(routes: &[(char, &str)]) -> Option<usize> {
    (0..routes.len()).find(|index| {
        let (letter, pattern) = routes[*index];
        !is_sound(pattern)
            || routes[..*index].iter().any(|(l, p)| shape(*l, p) == shape(letter, pattern))
    })
}

/// What two routes that differ in names alone have in common.
fn shape(letter: char, pattern: &str) -> (Option<String>, Vec<&str>) {
    let parts = pattern.split('/').map(|part| match part {
        part if part.starts_with("{*") => "{*",
        part if part.starts_with('{') => "{",
        literal => literal,
    });
    (method(letter).map(|method| method.to_string()), parts.collect())
}

fn is_sound(pattern: &str) -> bool {
    let Some(path) = pattern.strip_prefix('/') else { return false };
    let parts: Vec<&str> = path.split('/').collect();
    let mut names = BTreeSet::new();
    parts.iter().enumerate().all(|(at, part)| {
        let inner = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let Some(inner) = inner else {
            return !part.contains(|c: char| c.is_ascii_control() || "{}?#%".contains(c));
        };
        let name = inner.strip_prefix('*').unwrap_or(inner);
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && names.insert(name)
            && (!inner.starts_with('*') || at + 1 == parts.len())
    })
}
