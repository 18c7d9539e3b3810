//! Two network stacks of embassy-net, joined by a wire of memory.

use embassy_futures::join::join4;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Runner, Stack, StackResources, StaticConfigV4};
use embassy_net_driver_channel as channel;
use embassy_net_driver_channel::driver::{HardwareAddress, LinkState};
use std::cell::Cell;
use std::rc::Rc;

const MTU: usize = 1514;

type Wire = channel::Runner<'static, MTU>;
type Net = Runner<'static, channel::Device<'static, MTU>>;

/// The stacks 10.9.9.1 and 10.9.9.2, and what runs them. Nothing arrives while the wire is cut.
pub fn pair(is_cut: Rc<Cell<bool>>) -> (Stack<'static>, Stack<'static>, impl Future<Output = ()>) {
    let (first, mut first_net, first_wire) = stack(1);
    let (second, mut second_net, second_wire) = stack(2);
    let run = async move {
        let (first_state, mut first_in, mut first_out) = first_wire.split();
        let (second_state, mut second_in, mut second_out) = second_wire.split();
        first_state.set_link_state(LinkState::Up);
        second_state.set_link_state(LinkState::Up);
        let there = carry(&mut first_out, &mut second_in, &is_cut);
        let back = carry(&mut second_out, &mut first_in, &is_cut);
        join4(first_net.run(), second_net.run(), there, back).await;
    };
    (first, second, run)
}

/// A host has a heap; a microcontroller keeps these in a `StaticCell`.
fn stack(number: u8) -> (Stack<'static>, Net, Wire) {
    let state = Box::leak(Box::new(channel::State::<MTU, 8, 8>::new()));
    let resources = Box::leak(Box::new(StackResources::<8>::new()));
    let (wire, device) = channel::new(state, HardwareAddress::Ip);
    let config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(10, 9, 9, number), 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    let (stack, net) = embassy_net::new(device, config, resources, u64::from(number));
    (stack, net, wire)
}

async fn carry(
    from: &mut channel::TxRunner<'static, MTU>,
    to: &mut channel::RxRunner<'static, MTU>,
    is_cut: &Cell<bool>,
) {
    loop {
        let packet = from.tx_buf().await;
        if !is_cut.get() {
            let room = to.rx_buf().await;
            room[..packet.len()].copy_from_slice(packet);
            to.rx_done(packet.len());
        }
        from.tx_done();
    }
}
