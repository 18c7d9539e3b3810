use blazeio_app::{Exchange, routes};

struct Site<T>(T);

#[routes]
impl<T: Send + Sync + 'static> Site<T> {
    async fn _a(&self, _: &mut Exchange) {}
}

fn main() {}
