use blazeio_app::routes;

#[routes]
struct Site;

#[routes]
fn site() {}

fn main() {}
