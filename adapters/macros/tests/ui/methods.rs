use blazeio_app::{Exchange, routes};

struct Site;

#[routes]
impl Site {
    #[route("/a", methods())]
    async fn a(&self, _: &mut Exchange) {}

    #[route("/b", methods(get))]
    async fn b(&self, _: &mut Exchange) {}

    #[route("/c", methods("G T"))]
    async fn c(&self, _: &mut Exchange) {}

    #[route("/d", methods(CONNECT))]
    async fn d(&self, _: &mut Exchange) {}
}

fn main() {}
