//! The routes of an application, which may be added while it runs.
//!
//! Decides nothing but where to look first: patterns mean what `blazeio::web::route` says. A path
//! that is literally a pattern is found by itself; all others by a search through the table.
//! Refuses a bad pattern, and one that could never be found.

use blazeio::Method;
use blazeio::web::route::{Found, Route, RouteError, Routes};
use std::borrow::Cow;
use std::collections::HashMap;

/// A checked table that owns its routes.
pub(crate) struct Router<T: 'static> {
    table: Vec<Route<'static, T>>,
    /// Patterns without names: their places in the table.
    literal: HashMap<&'static str, Vec<usize>>,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self { table: Vec::new(), literal: HashMap::new() }
    }
}

/// A text that lives as long as the program: a literal as it is, another leaked once.
pub(crate) fn forever(text: Cow<'static, str>) -> &'static str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => Box::leak(text.into_boxed_str()),
    }
}

impl<T> Router<T> {
    /// Adds a route, for one method or for any.
    pub(crate) fn add(
        &mut self,
        method: Option<Method<'static>>,
        pattern: &'static str,
        value: T,
    ) -> Result<(), RouteError> {
        let route = match method {
            Some(method) => Route::new(method, pattern, value),
            None => Route::any(pattern, value),
        };
        self.table.push(route);
        if let Err(error) = Routes::extended(&self.table) {
            self.table.pop();
            return Err(error);
        }
        if !pattern.contains(['{', '%']) && pattern.is_ascii() {
            self.literal.entry(pattern).or_default().push(self.table.len() - 1);
        }
        Ok(())
    }

    /// All routes, in the order in which they were added.
    pub(crate) fn table(&self) -> &[Route<'static, T>] {
        &self.table
    }

    /// What belongs to the routes.
    pub(crate) fn change_each(&mut self, change: impl FnMut(&mut T)) {
        self.table.iter_mut().map(Route::value_mut).for_each(change);
    }

    /// The route for a path that is literally a pattern.
    pub(crate) fn literal(&self, method: Method<'_>, path: &str) -> Option<&Route<'static, T>> {
        let routes = self.literal.get(path)?.iter().map(|&index| &self.table[index]);
        let of = |wanted: Option<Method<'_>>| routes.clone().find(|route| route.method() == wanted);
        let by_get = || if method == Method::Head { of(Some(Method::Get)) } else { None };
        of(Some(method)).or_else(by_get).or_else(|| of(None))
    }

    pub(crate) fn find<'a>(&self, method: Method<'_>, path: &'a [u8]) -> Found<'_, 'a, T> {
        Routes::trusted(&self.table).find(method, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_way_finds_what_the_search_finds() {
        let mut router = Router::default();
        for (index, (method, pattern)) in [
            (Some(Method::Get), "/a/b"),
            (None, "/a/b"),
            (Some(Method::Get), "/a/{x}"),
            (Some(Method::Post), "/a/{x}"),
            (Some(Method::Put), "/a/{*rest}"),
            (Some(Method::Get), "/"),
            (Some(Method::Post), "/c"),
        ]
        .into_iter()
        .enumerate()
        {
            router.add(method, pattern, index).unwrap();
        }
        for path in ["/a/b", "/a/c", "/", "/c", "/c/", "/nope"] {
            for method in [Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete] {
                let searched = match router.find(method, path.as_bytes()) {
                    Found::Route(found) => Some(found.value),
                    _ => None,
                };
                if let Some(quick) = router.literal(method, path).map(Route::value) {
                    assert_eq!(Some(quick), searched, "{method:?} {path}");
                }
            }
        }
        assert_eq!(router.literal(Method::Head, "/").map(Route::value), Some(&5));
    }

    #[test]
    fn a_route_that_could_never_be_found_is_refused_and_leaves_the_others() {
        let mut router = Router::default();
        router.add(None, "/a/{x}", 1).unwrap();
        assert!(router.add(None, "/a/{y}", 2).is_err());
        assert!(router.add(None, "a", 3).is_err());
        router.add(None, "/b", 4).unwrap();
        assert_eq!(router.table().len(), 2);
        assert_eq!(router.literal(Method::Get, "/b").map(Route::value), Some(&4));
    }

    /// Each of them was compared with all before it, and no two of those with each other again.
    #[test]
    fn quad_two_thousand_routes_are_added_in_a_moment() {
        let mut router = Router::default();
        let began = std::time::Instant::now();
        for number in 0..2000 {
            let pattern = forever(format!("/a/{number}/{{x}}").into());
            router.add(Some(Method::Get), pattern, number).unwrap();
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
        let Found::Route(found) = router.find(Method::Get, b"/a/1999/y") else { panic!() };
        assert_eq!(*found.value, 1999);
    }
}
