//! What middleware after handlers was told of.

use blazeio_app::{App, Ending, Outcome};
use std::sync::{Arc, Mutex};

/// A line for each exchange.
pub type Told = Arc<Mutex<Vec<String>>>;

/// Notes each outcome of `app` as `line` has it, which is given the name of its ending, too.
pub fn told(app: App, line: fn(&Outcome<'_>, &str) -> String) -> (App, Told) {
    let told = Told::default();
    let noted = Arc::clone(&told);
    let app = app.after(move |outcome| {
        let ending = match outcome.ending {
            Ending::Answered => "answered",
            Ending::Failed(_) => "failed",
            Ending::Lost(_) => "lost",
            Ending::Panicked => "panicked",
            _ => "dropped",
        };
        noted.lock().unwrap().push(line(outcome, ending));
    });
    (app, told)
}
