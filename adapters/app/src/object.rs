//! Objects: applications in which each route is a method, Blazeio's own style.
//!
//! Decides how methods come to their object: each route holds it. What is generated for the
//! attribute `routes` is built from what is here.

use crate::app::App;
use crate::exchange::Exchange;
use crate::handler::Call;
use blazeio::Method;
use std::future::Future;
use std::sync::Arc;

/// An object whose methods are the routes of an application. Implemented by the attribute
/// `routes`, before its `impl` block.
///
#[cfg_attr(feature = "macros", doc = "```")]
#[cfg_attr(not(feature = "macros"), doc = "```ignore")]
/// use blazeio_app::{Abort, App, Exchange, Json, Outcome, routes};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// #[derive(Default)]
/// struct Site {
///     visits: AtomicU32,
/// }
///
/// #[routes]
/// impl Site {
///     /// `/api/ip`, for every method.
///     async fn _api_ip(&self, exchange: &mut Exchange) -> String {
///         exchange.peer().to_string()
///     }
///
///     #[route("/visits", methods(GET))]
///     async fn show(&self, _: &mut Exchange) -> Json<u32> {
///         Json(self.visits.load(Ordering::Relaxed))
///     }
///
///     async fn before_middleware(&self, exchange: &mut Exchange) -> Result<(), Abort> {
///         self.visits.fetch_add(1, Ordering::Relaxed);
///         if exchange.field("user-agent").is_some() { Ok(()) } else { Err(Abort::new(403)) }
///     }
///
///     fn after_middleware(&self, outcome: &Outcome<'_>) {
///         println!("{} {:?}", outcome.target, outcome.status);
///     }
///
///     async fn handle_all_middleware(&self, _: &mut Exchange) -> (u16, &'static str) {
///         (404, "nothing here")
///     }
/// }
///
/// let app = App::from(Site::default()).get("/more", async |_: &mut Exchange| "routes");
/// # drop(app);
/// ```
pub trait Object: Send + Sync + Sized + 'static {
    /// The application, for an object that others know, too; else `App::from` is shorter.
    fn into_app(self: Arc<Self>) -> App;
}

impl<T: Object> From<T> for App {
    fn from(object: T) -> Self {
        Arc::new(object).into_app()
    }
}

/// A function of an object and an exchange, with its object.
#[doc(hidden)]
#[derive(Debug)]
pub struct Bound<T, F> {
    object: Arc<T>,
    function: F,
}

/// Binds `function` to its object: it is a function of an exchange then.
#[doc(hidden)]
pub fn bound<T, F>(object: &Arc<T>, function: F) -> Bound<T, F> {
    Bound { object: Arc::clone(object), function }
}

impl<'a, T, F, A, O> Call<'a, O> for Bound<T, F>
where
    T: Send + Sync + 'static,
    F: Fn(Arc<T>, &'a mut Exchange) -> A + Send + Sync,
    A: Future<Output = O> + Send + 'a,
{
    type Future = A;

    fn call(&self, exchange: &'a mut Exchange) -> A {
        (self.function)(Arc::clone(&self.object), exchange)
    }
}

/// What a route's method gives: for the compiler to say at the method if it may not be sent to
/// another thread, as handlers are.
#[doc(hidden)]
pub fn sendable<F: Future + Send>(future: F) -> F {
    future
}

/// A method by its name, which was checked.
#[doc(hidden)]
#[must_use]
pub fn method(name: &'static str) -> Method<'static> {
    Method::from_bytes(name.as_bytes()).expect("the name is a token")
}
