//! What answers requests.
//!
//! Decides what a handler is given, and what its result means. Refuses nothing: what has no route
//! does not come here.

use crate::error::Error;
use crate::exchange::Exchange;
use blazeio::RequestHead;
use blazeio::web::route::{Captures, Routes};

/// Answers the requests of a server, by a table of routes.
///
/// A path without a route gets 404, a method that the path has not 405 with Allow, CONNECT 501,
/// and HEAD is answered by the route for GET: see [`blazeio::web::route`].
pub trait Service {
    /// What belongs to a route: mostly an `enum` of the pages there are.
    type Page;

    /// The table.
    fn routes(&self) -> Routes<'_, Self::Page>;

    /// Answers one request. Until it ends no other request of the connection begins; it is
    /// dropped when the connection is lost.
    ///
    /// With `Ok` a response that was begun is ended for it. What was not answered gets 500, what
    /// was not finished is cut off; after [`Error::Peer`] the peer is told what it broke.
    fn answer(
        &self,
        call: Call<'_, Self::Page>,
        exchange: &mut Exchange<'_, '_>,
    ) -> impl Future<Output = Result<(), Error>>;
}

impl<S: Service> Service for &S {
    type Page = S::Page;

    fn routes(&self) -> Routes<'_, S::Page> {
        S::routes(self)
    }

    fn answer(
        &self,
        call: Call<'_, S::Page>,
        exchange: &mut Exchange<'_, '_>,
    ) -> impl Future<Output = Result<(), Error>> {
        S::answer(self, call, exchange)
    }
}

/// One request: its head, which stays in the input buffer, and its route.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a, P> {
    /// What belongs to the route.
    pub page: &'a P,
    /// The request's head.
    pub head: RequestHead<'a>,
    /// What the names in the route's pattern stand for, as sent.
    pub captures: Captures<'a, 'a>,
}
