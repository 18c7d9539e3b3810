//! Unix sockets as transports.
//!
//! Decides nothing: see [`SocketTransport`].

use crate::socket::{SocketTransport, socket};
use socket2::SockRef;
use std::future::Future;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use tokio::io::{Interest, Ready};
use tokio::net::UnixStream;

/// A Unix stream socket as a [`Transport`](blazeio_driver::Transport).
pub type UnixTransport = SocketTransport<UnixStream>;

socket!(UnixStream);
