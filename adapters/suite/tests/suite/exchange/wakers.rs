//! Wakers that do more than to wake.

use crate::stories::story;
use crate::suite::exchange::near::{client, within};
use blazeio::{Client, Method, Request};
use blazeio_driver::Writer;
use macro_rules_attribute::apply;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use tokio::io::duplex;
use tokio::sync::oneshot;

/// The waker of a task that its executor does not hold any more: waking it drops the task, and
/// with it a half of the exchange.
struct Last(Mutex<Option<(Writer<Client>, oneshot::Sender<()>)>>);

impl Wake for Last {
    fn wake(self: Arc<Self>) {
        let task = self.0.lock().unwrap().take();
        if let Some((writer, told)) = task {
            drop(writer);
            let _ = told.send(());
        }
    }
}

#[apply(story!)]
async fn io_a_wake_may_drop_a_task_that_holds_the_other_half() {
    for watches in [false, true] {
        let (ours, _server) = duplex(64 * 1024);
        let mut connection = client(ours).await;
        let request = Request::new(Method::Post, "/", "a").streamed();
        let exchange = connection.open(&request).await.unwrap();
        let (mut reader, writer) = exchange.into_split();
        let (told, hears) = oneshot::channel();
        let waker = Waker::from(Arc::new(Last(Mutex::new(Some((writer, told))))));
        let mut closed = reader.closed();
        {
            let mut cx = Context::from_waker(&waker);
            let mut head = pin!(reader.head());
            let is_pending = match watches {
                false => head.as_mut().poll(&mut cx).is_pending(),
                true => pin!(&mut closed).poll(&mut cx).is_pending(),
            };
            assert!(is_pending);
        }
        // The connection's end is everybody's to hear of.
        connection.abort();
        within(hears).await.unwrap();
        assert!(within(reader.head()).await.is_err());
    }
}
