//! Every function of `blazeio::web::route`: a part of the program `api`.

use crate::shown::{described, print, show};
use blazeio::Method;
use blazeio::web::route::{Found, Pattern, Route, Routes};
use blazeio_proofs::opaque;

static TABLE: [Route<'static, u8>; 3] = [
    Route::new(Method::Get, "/", 1),
    Route::new(Method::Put, "/{name}/b", 2),
    Route::any("/{*rest}", 3),
];
/// Panics at compile time alone.
static CHECKED: Routes<'static, u8> = Routes::checked(&TABLE);

pub fn routes(path: &[u8]) {
    let table = [
        Route::new(opaque(Method::Get), opaque("/"), opaque(1)),
        Route::any(opaque("/{a}"), opaque(2)),
    ];
    for read in [Routes::new(opaque(&table)), Routes::extended(opaque(&table))] {
        match opaque(read) {
            Ok(routes) => find(routes, path),
            Err(error) => {
                show(&error);
                print(&error);
                described(&error);
                opaque((error.kind().message(), error.route(), error.offset()));
            }
        }
    }
    find(opaque(CHECKED), path);
    find(opaque(Routes::trusted(opaque(&table))), path);
    let [mut first, _] = table;
    *first.value_mut() = opaque(3);
    opaque(first.value());
    if let Ok(pattern) = opaque(Pattern::new(opaque("/{a}"))) {
        show(&pattern);
        opaque((pattern.as_str(), pattern.captures(path).is_some()));
    }
}

fn find(routes: Routes<'_, u8>, path: &[u8]) {
    for route in routes.table() {
        show(route);
        opaque((route.method(), route.pattern()));
    }
    match opaque(routes.find(opaque(Method::Head), path)) {
        Found::Route(found) => {
            show(&found);
            opaque((found.value, found.captures.get(opaque("name"))));
            found.captures.for_each(|pair| _ = opaque(pair));
        }
        Found::MethodNotAllowed(allowed) => {
            show(&allowed);
            print(&allowed);
            opaque(allowed.write_to(&mut [0; 64]));
            allowed.for_each(|method| _ = opaque(method));
        }
        Found::NotFound => {}
    }
}
