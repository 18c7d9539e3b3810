//! The service of all tests.

use blazeio::web::route::{Route, Routes};
use blazeio::{Field, Method, Response, UsageError};
use blazeio_embedded_io::{Call, Error, Exchange, Service};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

#[derive(Debug)]
pub enum Page {
    Hello,
    Greet,
    Echo,
    Ignore,
    Late,
    Forgetful,
    Fickle,
    Failing,
    Waiting,
    Nothing,
    Twice,
    Device,
    Again,
    Halfway,
    Short,
    Vanishing,
    Switch,
}

static TABLE: [Route<'static, Page>; 24] = [
    Route::new(Method::Get, "/", Page::Hello),
    Route::new(Method::Get, "/greet/{name}/{*rest}", Page::Greet),
    Route::new(Method::Post, "/echo", Page::Echo),
    Route::new(Method::Put, "/echo", Page::Echo),
    Route::new(Method::Post, "/ignore", Page::Ignore),
    Route::new(Method::Post, "/late", Page::Late),
    Route::new(Method::Get, "/forgetful", Page::Forgetful),
    Route::new(Method::Post, "/fickle", Page::Fickle),
    Route::new(Method::Get, "/failing", Page::Failing),
    Route::new(Method::Get, "/waiting", Page::Waiting),
    Route::new(Method::Get, "/nothing", Page::Nothing),
    Route::new(Method::Get, "/twice", Page::Twice),
    Route::new(Method::Extension(b"X-PREPARE-DEVICE"), "/device", Page::Device),
    Route::new(Method::Extension(b"X-ACQUIRE-DEVICE"), "/device", Page::Device),
    Route::new(Method::Extension(b"X-INITIALISE-DEVICE"), "/device", Page::Device),
    Route::new(Method::Extension(b"X-CALIBRATE-DEVICE"), "/device", Page::Device),
    Route::new(Method::Extension(b"X-SYNCHRONISE-DEVICE"), "/device", Page::Device),
    Route::new(Method::Extension(b"X-RELEASE-DEVICE"), "/device", Page::Device),
    Route::new(Method::Get, "/again", Page::Again),
    Route::new(Method::Get, "/halfway", Page::Halfway),
    Route::new(Method::Get, "/short", Page::Short),
    Route::new(Method::Get, "/vanishing", Page::Vanishing),
    Route::new(Method::Get, "/switch", Page::Switch),
    Route::new(Method::Extension(&[b'L'; 200]), "/long", Page::Device),
];

/// Answers, and notes what happened to its handlers.
#[derive(Default)]
pub struct Pages {
    pub notes: RefCell<Vec<&'static str>>,
    /// Whether the wire to the peer is cut.
    pub is_cut: Rc<Cell<bool>>,
}

/// Notes that it was dropped.
struct Guard<'p>(&'p Pages);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.notes.borrow_mut().push("dropped");
    }
}

impl Service for Pages {
    type Page = Page;

    fn routes(&self) -> Routes<'_, Page> {
        static ROUTES: Routes<'static, Page> = Routes::checked(&TABLE);
        ROUTES
    }

    async fn answer(
        &self,
        call: Call<'_, Page>,
        exchange: &mut Exchange<'_, '_>,
    ) -> Result<(), Error> {
        match call.page {
            Page::Hello => exchange.send(&Response::new(200), b"Hello").await,
            Page::Greet => greet(call, exchange).await,
            Page::Echo => echo(call, exchange).await,
            Page::Ignore => exchange.send(&Response::new(200), b"ignored").await,
            // Leaves the end to the server.
            Page::Forgetful => {
                exchange.respond(&Response::new(200).sized(4)).await?;
                exchange.write(b"done").await
            }
            // Says that more follows than does, and is gone.
            Page::Short => {
                exchange.respond(&Response::new(200).sized(9)).await?;
                exchange.write(b"half").await
            }
            Page::Late => self.late(exchange).await,
            Page::Fickle => fickle(exchange).await,
            Page::Failing => self.failing(exchange).await,
            Page::Waiting => {
                self.notes.borrow_mut().push("waiting");
                let _guard = Guard(self);
                pending().await
            }
            Page::Nothing | Page::Device => Ok(()),
            Page::Again => self.again(exchange).await,
            Page::Vanishing => {
                let _guard = Guard(self);
                self.is_cut.set(true);
                exchange.send(&Response::new(200), b"Hello").await?;
                exchange.flush().await?;
                self.notes.borrow_mut().push("flushed");
                Ok(())
            }
            Page::Switch => {
                exchange.respond(&Response::new(101).upgrade("x")).await?;
                self.notes.borrow_mut().push("switched");
                Ok(())
            }
            Page::Halfway => self.halfway(exchange).await,
            Page::Twice => {
                exchange.interim(&Response::new(103)).await?;
                exchange.send(&Response::new(200), b"2").await?;
                self.notes.borrow_mut().push("answered");
                Ok(())
            }
        }
    }
}

impl Pages {
    /// Reads all, then answers.
    async fn late(&self, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
        let mut count = 0;
        while let Some(piece) = exchange.read().await? {
            count += piece.len();
            self.notes.borrow_mut().push("read");
        }
        exchange.send(&Response::new(200), count.to_string().as_bytes()).await
    }

    /// Notes that something was refused as it should be.
    fn expect_refused(&self, result: Result<(), Error>) {
        assert_eq!(result, Err(Error::Usage(UsageError::HeadNotExpected)));
        self.notes.borrow_mut().push("refused");
    }

    /// Sends other responses than it has begun, before its end and after.
    async fn again(&self, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
        exchange.respond(&Response::new(200).sized(2)).await?;
        self.expect_refused(exchange.send(&Response::new(404), b"no").await);
        exchange.write(b"ok").await?;
        exchange.finish(&[]).await?;
        self.expect_refused(exchange.send(&Response::new(404), b"").await);
        Ok(())
    }

    /// Drops what it sends when not all of it has room, and sends something else.
    async fn halfway(&self, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
        let response = Response::new(200);
        let sent = futures_lite::future::poll_once(exchange.send(&response, &[b'x'; 1000])).await;
        assert_eq!(sent, None);
        exchange.flush().await?;
        self.expect_refused(exchange.send(&response, &[b'y'; 200]).await);
        Ok(())
    }

    /// Says that more follows than does.
    async fn failing(&self, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
        exchange.respond(&Response::new(200).streamed()).await?;
        exchange.write(b"half").await?;
        exchange.flush().await?;
        let refused = exchange.respond(&Response::new(200)).await;
        refused.inspect_err(|_| self.notes.borrow_mut().push("refused"))
    }
}

async fn greet(call: Call<'_, Page>, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).streamed()).await?;
    for (name, value) in call.captures {
        exchange.write(name.as_bytes()).await?;
        exchange.write(b"=").await?;
        exchange.write(value).await?;
        exchange.write(b";").await?;
    }
    exchange.finish(&[]).await
}

/// Drops its read before it is ready, again and again.
async fn fickle(exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).streamed()).await?;
    loop {
        let piece = futures_lite::future::poll_once(exchange.read()).await;
        match piece.transpose()? {
            Some(None) => return Ok(()),
            Some(Some(piece)) => {
                let piece = piece.to_vec();
                exchange.write(&piece).await?;
            }
            None => futures_lite::future::yield_now().await,
        }
    }
}

/// Sends back what comes, while it comes, and a trailer field of the request as one's own.
async fn echo(call: Call<'_, Page>, exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).streamed()).await?;
    let (reader, writer) = exchange.split();
    while let Some(piece) = reader.read().await? {
        writer.write(piece).await?;
    }
    // The head is still there, and the trailers are.
    assert!(call.head.raw_target().ends_with(b"/echo"));
    match reader.trailers().and_then(|fields| fields.get("digest")) {
        Some(value) => writer.finish(&[Field::from_bytes(b"Digest", value)]).await,
        None => writer.finish(&[]).await,
    }
}
