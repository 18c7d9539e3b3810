//! An application that is asked without a socket, as in its tests.
//!
//! `cargo run -p blazeio-app --example in_memory`

use blazeio::{Field, Method};
use blazeio_app::{Abort, App, Exchange, Json, TestClient};
use blazeio_mio::{Mio, Reactor};

async fn double(exchange: &mut Exchange) -> Result<Json<Vec<i64>>, Abort> {
    let numbers: Vec<i64> = exchange.json().await?;
    Ok(Json(numbers.into_iter().map(|number| 2 * number).collect()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = App::new().put("/double", double);
    Reactor::new()?.block_on(async {
        let client = TestClient::new(app, Mio::current())?;
        let fields = [Field::new("Content-Type", "application/json")];
        for content in ["[1, 2, 3]", "[1, 2,", "[1, 2.5]"] {
            let response = client.send(Method::Put, "/double", &fields, content.as_bytes()).await?;
            println!("{content:9} {} {}", response.status(), response.text());
        }
        let response = client.get("/double").await?;
        println!(
            "GET       {} Allow: {}",
            response.status(),
            response.field("allow").unwrap_or("")
        );
        Ok(())
    })
}
