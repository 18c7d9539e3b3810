use blazeio_app::{Exchange, routes};

struct Site;

#[routes]
impl Site {
    async fn _a(&self, _: &mut Exchange) {}

    #[route("/b/{c}", methods(GET, PUT))]
    async fn b(&self, _: &mut Exchange) {}

    #[route("/b/{d}", methods(PUT))]
    async fn c(&self, _: &mut Exchange) {}
}

fn main() {}
