//! The attribute that turns the methods of an object into routes. It is documented where it is
//! used: `blazeio_app::routes`.
//!
//! Decides what each method is by its name and its attribute, and checks patterns by the grammar
//! of `blazeio::web::route`, so that a bad one is an error of the compiler at its place. Refuses
//! blocks that are no object's own, and methods that could be no handlers.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod method;
mod object;
mod route;

use proc_macro::TokenStream;

/// Turns the methods of an `impl` block into the routes of an application.
///
/// | a method that is called | and takes | is |
/// |---|---|---|
/// | `_api_ip` | `&self, exchange: &mut Exchange`, async | the route `/api/ip`, for every method |
/// | anything, under `#[route(…)]` | the same | the route that this says |
/// | `before_middleware` | the same | `App::before` |
/// | `after_middleware` | `&self, outcome: &Outcome<'_>` | `App::after` |
/// | `handle_all_middleware` | `&self, exchange: &mut Exchange`, async | `App::fallback` |
/// | anything else | anything | left alone |
///
/// In a name that begins with `_` every `_` is a slash. `#[route(…)]` says otherwise:
///
/// | | |
/// |---|---|
/// | `#[route = "/fp"]`, `#[route("/fp")]` | this pattern, for every method |
/// | `#[route("/fp", methods(GET, "M-SEARCH"))]` | this pattern, for these methods |
/// | `#[route(methods(GET))]` | the pattern of the name, for these methods |
///
/// A method may have several. What a route returns is whatever a handler may return, and what
/// `before_middleware` returns whatever may return there.
#[proc_macro_attribute]
pub fn routes(arguments: TokenStream, item: TokenStream) -> TokenStream {
    object::expand(arguments.into(), item.into()).into()
}
