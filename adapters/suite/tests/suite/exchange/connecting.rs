//! Connecting, one address after another (SLOW), and only to those allowed (SSRF).

use crate::stories::jumping;
use crate::suite::network::Network;
use blazeio_driver::{Connector, TokioIo, Transport};
use macro_rules_attribute::apply;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::duplex;
use tokio::time::Instant;

/// A network in which the host `many` has these addresses, and only the last one answers.
const ADDRESSES: [&str; 3] = ["192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"];

/// Such a network, what was tried there, and a connector in it.
fn network() -> (Arc<Mutex<Vec<String>>>, Connector) {
    let tried = Arc::new(Mutex::new(Vec::new()));
    let trying = Arc::clone(&tried);
    let network = Network::new(|host| {
        let count = if host == "many" { 3 } else { 2 };
        ADDRESSES[..count].iter().map(|address| address.parse().unwrap()).collect()
    })
    .connecting(move |address| {
        let address = address.to_string();
        trying.lock().unwrap().push(address.clone());
        Box::pin(async move {
            if address != ADDRESSES[2] {
                return pending().await;
            }
            Ok(Box::new(TokioIo::new(duplex(64).0)) as Box<dyn Transport>)
        })
    });
    (tried, Connector::new(Arc::new(network)))
}

#[apply(jumping!)]
async fn slow_an_address_that_does_not_answer_leaves_the_next_its_turn() {
    let (tried, connector) = network();
    let connector = connector.connect_timeout(Duration::from_secs(3));
    let began = Instant::now();
    let connection = connector.connect_to("many", 80).await.unwrap();
    assert_eq!(connection.peer().to_string(), ADDRESSES[2]);
    assert_eq!(*tried.lock().unwrap(), ADDRESSES);
    let took = began.elapsed().as_millis();
    assert!((6000..6100).contains(&took), "{took} ms");
}

#[apply(jumping!)]
async fn slow_connecting_times_out_after_30_s_for_each_address_and_names_the_last() {
    let (_, connector) = network();
    let began = Instant::now();
    let error = connector.connect_to("two", 80).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "192.0.2.2:80 did not answer within 30s");
    let took = began.elapsed().as_millis();
    assert!((60_000..60_100).contains(&took), "{took} ms");
}

#[apply(jumping!)]
async fn clock_the_longest_connect_timeout_is_none() {
    let (_, connector) = network();
    let connector = connector.connect_timeout(Duration::MAX);
    let day = Duration::from_secs(24 * 3600);
    let address = ADDRESSES[0].parse().unwrap();
    assert!(crate::suite::on::timeout(day, connector.connect(&address)).await.is_err());
}

#[apply(jumping!)]
async fn ssrf_an_address_that_is_not_allowed_is_not_tried() {
    let (tried, connector) = network();
    let connector = connector.allow(|address| address.to_string() == ADDRESSES[2]);
    // Of a name's addresses those that are allowed.
    let connection = connector.connect_to("many", 80).await.unwrap();
    assert_eq!(connection.peer().to_string(), ADDRESSES[2]);
    assert_eq!(*tried.lock().unwrap(), [ADDRESSES[2]]);
    // And given ones are asked about too.
    for refused in [connector.connect_to("two", 80).await, {
        let address = ADDRESSES[0].parse().unwrap();
        connector.connect(&address).await
    }] {
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }
    assert_eq!(*tried.lock().unwrap(), [ADDRESSES[2]]);
}
