//! The vectors of routes, through tables of the core.

mod route_vectors;

use blazeio::web::route::{Found, Route, Routes};
use route_vectors::{Expected, tables};

#[test]
fn each_request_belongs_to_the_route_that_its_vector_says() {
    for table in tables() {
        let route = |(place, (method, pattern)): (usize, &(Option<_>, &'static str))| match method {
            Some(method) => Route::new(*method, pattern, place),
            None => Route::any(pattern, place),
        };
        let mut routes: Vec<_> = table.routes.iter().enumerate().map(route).collect();
        // The order of a table decides nothing but that of the methods in Allow.
        for is_backwards in [false, true] {
            if is_backwards {
                routes.reverse();
            }
            let routes = Routes::new(&routes).unwrap();
            for (method, target, expected) in &table.requests {
                let path = target.split('?').next().unwrap();
                let found = routes.find(*method, path.as_bytes());
                let is_right = match (found, expected) {
                    (Found::Route(found), Expected::Route(place)) => found.value == place,
                    (Found::MethodNotAllowed(allowed), Expected::Allows(methods)) => {
                        is_backwards || allowed.to_string() == *methods
                    }
                    (Found::NotFound, Expected::Nothing) => true,
                    _ => false,
                };
                assert!(is_right, "{method:?} {target}: {expected:?}");
            }
        }
    }
}
