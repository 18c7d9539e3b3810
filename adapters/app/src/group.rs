//! Applications within applications.
//!
//! Decides what one brings into another: its routes, each with its own middleware, state, limits and
//! deadline. Refuses, when the program starts, routes that could never be found.

use crate::app::{App, Endpoint};
use crate::handler::Handle;
use crate::router::forever;
use crate::scope::Scope;
use blazeio::Method;
use blazeio::web::route::Route;
use std::borrow::Cow;
use std::sync::Arc;

/// A route on its way from one application to another.
struct Owned {
    method: Option<Method<'static>>,
    pattern: &'static str,
    handle: Handle,
    own: Scope,
    is_fallback: bool,
}

impl App {
    /// Puts all routes of `app` below `prefix`, which begins with `/` and does not end with one;
    /// its `/` becomes the prefix itself, its fallback answers for what is below and has no route.
    /// Its middleware, state and deadline are those of its routes alone, within this one's. What is
    /// added to `app` later is not added here.
    ///
    /// # Panics
    /// When the prefix is none, or as [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn mount(self, prefix: &str, app: Self) -> Self {
        assert!(prefix.starts_with('/') && !prefix.ends_with('/'), "{prefix:?} is no prefix");
        let fallback = app.fallback_route();
        let routes = app.owned_routes().into_iter().chain(fallback);
        self.add_each(routes.map(|owned| match owned.pattern {
            "/" => Owned { pattern: forever(Cow::Owned(prefix.to_owned())), ..owned },
            pattern => {
                Owned { pattern: forever(Cow::Owned(format!("{prefix}{pattern}"))), ..owned }
            }
        }))
    }

    /// Puts all routes of `app` beside this one's: a group of routes with middleware, state, limits
    /// and a deadline of their own. Its fallback is not taken.
    ///
    /// ```
    /// use blazeio_app::{Abort, App, Exchange};
    /// use std::time::Duration;
    ///
    /// async fn upload(exchange: &mut Exchange) -> Result<String, Abort> {
    ///     while exchange.read().await?.is_some() {}
    ///     Ok(format!("{} bytes", exchange.received()))
    /// }
    ///
    /// let uploads = App::new()
    ///     .put("/files/{name}", upload)
    ///     .content_limit(1 << 30)
    ///     .deadline(Duration::from_secs(600));
    /// let app = App::new().content_limit(1 << 20).get("/", async |_: &mut Exchange| "Hello").merge(uploads);
    /// # drop(app);
    /// ```
    ///
    /// # Panics
    /// As [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn merge(self, app: Self) -> Self {
        self.add_each(app.owned_routes().into_iter())
    }

    /// Its routes, each with what is its own scope in another application.
    fn owned_routes(&self) -> Vec<Owned> {
        let table = self.table();
        let owned = |route: &Route<'static, Endpoint>| {
            let Endpoint { pattern, handle, own, is_fallback, .. } = route.value().clone();
            let own = own.map_or_else(|| (*table.scope).clone(), |own| own.within(&table.scope));
            Owned { method: route.method(), pattern, handle, own, is_fallback }
        };
        table.router.table().iter().map(owned).collect()
    }

    /// Its fallback, as a route.
    fn fallback_route(&self) -> Option<Owned> {
        let table = self.table();
        let handle = Arc::clone(table.fallback.as_ref()?);
        let own = (*table.scope).clone();
        Some(Owned { method: None, pattern: "/{*rest}", handle, own, is_fallback: true })
    }

    #[track_caller]
    fn add_each(self, routes: impl Iterator<Item = Owned>) -> Self {
        for Owned { method, pattern, handle, own, is_fallback } in routes {
            let added =
                self.change(|table| table.add(method, pattern, handle, Some(own), is_fallback));
            if let Err(error) = added {
                panic!("the route {pattern:?}: {error}");
            }
        }
        self
    }
}
