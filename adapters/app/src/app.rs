//! An application: routes, middleware and state.
//!
//! Decides who answers: the route of the path and the method; for a path whose routes are of other
//! methods 405 with Allow, and to OPTIONS 204 with it; for every other path the
//! [fallback](App::fallback), else 404. HEAD is answered by a route for GET. What a pattern is,
//! and which of several counts, is at [`blazeio::web::route`].
//!
//! # Order
//!
//! For each exchange: the outermost application's middleware before in the order in which it was
//! added, then that of the mounted one, then the handler; after it the outermost application's
//! middleware after, then that of the mounted one. One before that gives a reply, or an error,
//! stops what would follow; all of after come nevertheless.

use crate::exchange::{Exchange, path_of};
use crate::handler::{Answering, Call, Handle, Handler, answer_with};
use crate::outcome::Outcome;
use crate::reply::Reply;
use crate::router::{Router, forever};
use crate::scope::{Before, IntoFlow, Place, Scope};
use blazeio::web::route::{Allowed, Found, Route, RouteError, Routes};
use blazeio::{Method, Server};
use blazeio_driver::Service;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

/// What a route leads to.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) pattern: &'static str,
    pub(crate) handle: Handle,
    /// Of the application that was mounted, if it is one's.
    pub(crate) own: Option<Scope>,
    /// It is the fallback of one that was mounted.
    pub(crate) is_fallback: bool,
    /// That one within the others'.
    scope: Arc<Scope>,
}

/// What an application consists of.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) router: Router<Endpoint>,
    pub(crate) scope: Arc<Scope>,
    pub(crate) fallback: Option<Handle>,
}

/// An application. Cheap to clone: a clone is the same application, and so routes can be added
/// while it runs.
///
/// ```
/// use blazeio_app::{Abort, App, Exchange, Json, Reply};
///
/// async fn greet(exchange: &mut Exchange) -> String {
///     format!("Hello, {}!", exchange.param("name").unwrap_or_default())
/// }
///
/// async fn authorize(exchange: &mut Exchange) -> Result<(), Abort> {
///     let is_known = exchange.field("authorization") == Some("Bearer secret");
///     if is_known { Ok(()) } else { Err(Abort::new(401).field("WWW-Authenticate", "Bearer")) }
/// }
///
/// let admin = App::new().before(authorize).get("/users", async |_: &mut Exchange| Json(["ada"]));
/// let app = App::new()
///     .get("/", Reply::redirect("/hello/world"))
///     .get("/hello/{name}", greet)
///     .mount("/admin", admin)
///     .after(|outcome| println!("{:?} {} {:?}", outcome.method, outcome.target, outcome.status));
/// # drop(app);
/// ```
#[derive(Clone, Default)]
pub struct App(Arc<RwLock<Table>>);

impl Table {
    pub(crate) fn add(
        &mut self,
        method: Option<Method<'static>>,
        pattern: &'static str,
        handle: Handle,
        own: Option<Scope>,
        is_fallback: bool,
    ) -> Result<(), RouteError> {
        let scope = self.scope_of(own.as_ref());
        let endpoint = Endpoint { pattern, handle, own, is_fallback, scope };
        self.router.add(method, pattern, endpoint)
    }

    /// The route that answers.
    fn find(&self, method: Method<'_>, path: &[u8]) -> Result<&Endpoint, Unrouted> {
        match self.router.find(method, path) {
            Found::Route(found) if found.value.is_fallback => {
                let below = self.below(found.pattern);
                match Routes::trusted(&below).find(method, path) {
                    Found::MethodNotAllowed(allowed) => Err(Unrouted::method(allowed)),
                    _ => Ok(found.value),
                }
            }
            Found::Route(found) => Ok(found.value),
            Found::MethodNotAllowed(allowed) => Err(Unrouted::method(allowed)),
            // RFC 9110 §9.3.7: of the server as a whole.
            Found::NotFound if path == b"*" => Err(Unrouted::Server),
            Found::NotFound => Err(Unrouted::Path),
        }
    }

    /// The routes below the prefix that this pattern of a fallback is for.
    fn below(&self, fallback: &str) -> Vec<Route<'static, ()>> {
        let prefix = fallback.rsplit_once('/').map_or("", |(prefix, _)| prefix);
        let is_below = |pattern: &str| {
            pattern
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let all = self.router.table().iter();
        let below = all.filter(|route| !route.value().is_fallback && is_below(route.pattern()));
        below
            .map(|route| match route.method() {
                Some(method) => Route::new(method, route.pattern(), ()),
                None => Route::any(route.pattern(), ()),
            })
            .collect()
    }

    fn scope_of(&self, own: Option<&Scope>) -> Arc<Scope> {
        match own {
            Some(own) => Arc::new(own.within(&self.scope)),
            None => Arc::clone(&self.scope),
        }
    }

    /// The application's own scope has changed.
    fn rescope(&mut self) {
        let outer = Arc::clone(&self.scope);
        self.router.change_each(|endpoint| {
            endpoint.scope = match &endpoint.own {
                Some(own) => Arc::new(own.within(&outer)),
                None => Arc::clone(&outer),
            };
        });
    }
}

impl App {
    /// An application without routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Table) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes middleware and state, also for routes that were added.
    pub(crate) fn scoped(self, change: impl FnOnce(&mut Scope)) -> Self {
        self.change(|table| {
            change(Arc::make_mut(&mut table.scope));
            table.rescope();
        });
        self
    }

    /// Adds a route for a method, or for any; also while the application runs.
    ///
    /// A pattern that is not a literal of the program takes memory for as long as that runs.
    ///
    /// # Errors
    /// The pattern is none, or the route could never be found.
    pub fn add_route<M>(
        &self,
        method: Option<Method<'static>>,
        pattern: impl Into<Cow<'static, str>>,
        handler: impl Handler<M>,
    ) -> Result<(), RouteError> {
        let (handle, pattern) = (handler.into_handle(), forever(pattern.into()));
        self.change(|table| table.add(method, pattern, handle, None, false))
    }

    /// Adds a route for a method, or for any.
    ///
    /// # Panics
    /// As [`add_route`](Self::add_route) fails: the routes of a program are part of it.
    #[track_caller]
    #[must_use]
    pub fn route<M>(
        self,
        method: Option<Method<'static>>,
        pattern: impl Into<Cow<'static, str>>,
        handler: impl Handler<M>,
    ) -> Self {
        let pattern = pattern.into();
        if let Err(error) = self.add_route(method, pattern.clone(), handler) {
            panic!("the route {pattern:?}: {error}");
        }
        self
    }

    /// Adds a route for GET, and for HEAD.
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn get<M>(self, pattern: impl Into<Cow<'static, str>>, handler: impl Handler<M>) -> Self {
        self.route(Some(Method::Get), pattern, handler)
    }

    /// Adds a route for POST.
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn post<M>(self, pattern: impl Into<Cow<'static, str>>, handler: impl Handler<M>) -> Self {
        self.route(Some(Method::Post), pattern, handler)
    }

    /// Adds a route for PUT.
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn put<M>(self, pattern: impl Into<Cow<'static, str>>, handler: impl Handler<M>) -> Self {
        self.route(Some(Method::Put), pattern, handler)
    }

    /// Adds a route for PATCH.
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn patch<M>(self, pattern: impl Into<Cow<'static, str>>, handler: impl Handler<M>) -> Self {
        self.route(Some(Method::Patch), pattern, handler)
    }

    /// Adds a route for DELETE.
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn delete<M>(
        self,
        pattern: impl Into<Cow<'static, str>>,
        handler: impl Handler<M>,
    ) -> Self {
        self.route(Some(Method::Delete), pattern, handler)
    }

    /// Adds a route for every method that has none of its own with the same pattern.
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn any<M>(self, pattern: impl Into<Cow<'static, str>>, handler: impl Handler<M>) -> Self {
        self.route(None, pattern, handler)
    }

    /// Answers what has no route. A mounted application's answers below its prefix only.
    #[must_use]
    pub fn fallback<M>(self, handler: impl Handler<M>) -> Self {
        let handle = handler.into_handle();
        self.change(|table| table.fallback = Some(handle));
        self
    }

    /// Adds middleware that comes before handlers: an `async fn(&mut Exchange)` that returns
    /// nothing, or a `Result<(), Abort>`, or an `Option` of a reply that stops.
    #[must_use]
    pub fn before<T: IntoFlow + 'static>(self, step: impl for<'a> Call<'a, T> + 'static) -> Self {
        let step = Arc::new(step);
        let step = Before::Step(Arc::new(move |exchange| {
            let step = Arc::clone(&step);
            Box::pin(async move { step.call(exchange).await.into_flow() })
        }));
        self.scoped(|scope| scope.before.push(step))
    }

    /// Adds middleware that comes before handlers and does not wait: a closure, which may hold
    /// what it likes.
    #[must_use]
    pub fn check<T: IntoFlow + 'static>(
        self,
        check: impl Fn(&mut Exchange) -> T + Send + Sync + 'static,
    ) -> Self {
        let check = Before::Check(Arc::new(move |exchange| check(exchange).into_flow()));
        self.scoped(|scope| scope.before.push(check))
    }

    /// How long a handler may take, middleware before it not included: then it is dropped, and
    /// the client gets 503 if nothing was sent, else a response that is cut off; 500 if the exchange
    /// was [given away](Exchange::take), as it is to a service of tower. What a handler sends by itself
    /// takes of this time, and so do [`Files`](crate::Files); what it returns, a stream or
    /// [`Reply::file`], is sent afterwards, as slowly as [`Timeouts::write`](blazeio::Timeouts::write)
    /// allows. Of two limits, one of a mounted or merged application, the inner one counts.
    #[must_use]
    pub fn deadline(self, allowed: Duration) -> Self {
        self.scoped(|scope| scope.deadline = Some(allowed))
    }

    /// Adds middleware that comes after handlers, and is told how it went; also when the handler
    /// failed, panicked or was dropped. It runs in the connection's task, and must not block.
    #[must_use]
    pub fn after(self, step: impl Fn(&Outcome<'_>) + Send + Sync + 'static) -> Self {
        self.scoped(|scope| scope.after.push(Arc::new(step)))
    }

    /// Puts a value where [`Exchange::state`] finds it, by its type; in place of another of that
    /// type.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.scoped(|scope| scope.state.insert(value))
    }

    /// Begins to answer an exchange.
    fn begin(&self, exchange: blazeio_driver::Exchange<Server>) -> Answering {
        let table = self.table();
        let request = exchange.request();
        let (method, path) = (request.method(), path_of(&request));
        let literal = std::str::from_utf8(path).ok().and_then(|p| table.router.literal(method, p));
        let found = match literal {
            Some(route) => Ok(route.value()),
            None => table.find(method, path),
        };
        let (handle, reply, scope, route) = match (found, &table.fallback) {
            (Ok(endpoint), _) => {
                (Some(&endpoint.handle), None, &endpoint.scope, Some(endpoint.pattern))
            }
            (Err(Unrouted::Path), Some(fallback)) => (Some(fallback), None, &table.scope, None),
            (Err(unrouted), _) => (None, Some(unrouted.reply(method)), &table.scope, None),
        };
        let (handle, place) = (handle.cloned(), Place { scope: Arc::clone(scope), route });
        drop(table);
        let exchange = Exchange::new(exchange, place);
        match handle {
            Some(handle) => handle(exchange),
            None => answer_with(exchange, reply.unwrap_or_default()),
        }
    }
}

/// Why no route answers.
enum Unrouted {
    /// The path has none.
    Path,
    /// The server is asked, not a path.
    Server,
    /// The path has some for these methods.
    Method(String),
}

impl Unrouted {
    /// OPTIONS is answered for every path; a route of its own is among the allowed.
    fn method<T>(mut allowed: Allowed<'_, '_, T>) -> Self {
        let list = allowed.to_string();
        let has_own = allowed.any(|method| method == Method::Options);
        Self::Method(if has_own { list } else { list + ", OPTIONS" })
    }

    /// RFC 9110 §15.5.6, §9.3.7.
    fn reply(self, method: Method<'_>) -> Reply {
        match self {
            Self::Path => Reply::new(404).text("Not Found"),
            Self::Server => Reply::new(204),
            Self::Method(allow) if method == Method::Options => {
                Reply::new(204).field("Allow", allow)
            }
            Self::Method(allow) => Reply::new(405).field("Allow", allow).text("Method Not Allowed"),
        }
    }
}

impl Service for App {
    type Answer = Answering;

    fn answer(&self, exchange: blazeio_driver::Exchange<Server>) -> Answering {
        self.begin(exchange)
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table();
        let routes = table.router.table().iter().map(|route| (route.method(), route.pattern()));
        f.debug_struct("App").field("routes", &routes.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
