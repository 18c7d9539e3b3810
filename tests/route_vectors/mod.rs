//! The vectors of `vectors.txt`, for every router there is.

#![allow(dead_code, missing_docs, reason = "each test program needs a part of it")]

use blazeio::Method;

/// What a request belongs to.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    Route(usize),
    Allows(&'static str),
    Nothing,
}

#[derive(Default)]
pub struct Table {
    pub routes: Vec<(Option<Method<'static>>, &'static str)>,
    /// Method, target, what is found.
    pub requests: Vec<(Method<'static>, &'static str, Expected)>,
}

pub fn tables() -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut finds = false;
    let lines = include_str!("vectors.txt").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line, line.trim().split_once(' '), tables.last_mut()) {
            ("table", ..) => {
                tables.push(Table::default());
                finds = false;
            }
            ("find", ..) => finds = true,
            (_, Some((method, rest)), Some(table)) if finds => {
                let (target, expected) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
                let expected = match expected.trim().strip_prefix("allows ") {
                    Some(methods) => Expected::Allows(methods),
                    None if expected.is_empty() => Expected::Nothing,
                    None => Expected::Route(expected.trim().parse().expect("a place")),
                };
                table.requests.push((self::method(method), target, expected));
            }
            (_, Some((method, pattern)), Some(table)) => {
                let method = (method != "*").then(|| self::method(method));
                table.routes.push((method, pattern.trim()));
            }
            _ => panic!("{line:?} is none of these lines"),
        }
    }
    assert!(tables.iter().all(|table| !table.requests.is_empty()) && tables.len() > 2);
    tables
}

fn method(name: &'static str) -> Method<'static> {
    Method::from_bytes(name.as_bytes()).expect("a method")
}
