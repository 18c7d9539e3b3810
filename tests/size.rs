//! How large the types are that every connection has.

use blazeio::{Client, Connection, Event, Limits, PeerError, Server, Step};

#[test]
fn a_connection_is_at_most_256_bytes_beside_its_limits() {
    let reference = size_of::<&Limits>();
    let server = size_of::<Connection<Server>>() - reference;
    let client = size_of::<Connection<Client>>() - reference;
    println!("Connection<Server> {server}, Connection<Client> {client} bytes beside Limits");
    println!(
        "Limits {}, Step {}, Event {}",
        size_of::<Limits>(),
        size_of::<Step>(),
        size_of::<Event>()
    );
    assert!(server <= 256 && client <= 256);
    // An offset, and what fits in its alignment: 4 bytes on 32-bit x86.
    assert_eq!(size_of::<PeerError>(), size_of::<u64>() + align_of::<u64>());
}
