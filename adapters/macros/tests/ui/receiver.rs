use blazeio_app::{Exchange, routes};

struct Site;

#[routes]
impl Site {
    async fn _none(_: &mut Exchange) {}

    async fn _value(self, _: &mut Exchange) {}

    async fn _exclusive(&mut self, _: &mut Exchange) {}

    async fn _nothing() {}
}

fn main() {}
