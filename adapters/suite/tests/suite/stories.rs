//! How a test that is an async function is run: on one thread, or spread over two.

/// On one thread.
macro_rules! story {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            crate::suite::on::run(blazeio_driver::Threads::One, || async $body);
        }
    };
}

/// On two threads, where the runtime moves tasks between threads.
macro_rules! spread {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            crate::suite::on::run(crate::suite::on::SPREAD, || async $body);
        }
    };
}

/// With a clock that jumps to the next timer where nothing else is to be done, which only tokio's
/// is: not here.
macro_rules! jumping {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {};
}

pub(crate) use {jumping, spread, story};
