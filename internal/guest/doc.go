// Package guest talks to the Incus server from inside one of its instances, over the socket that Incus puts into each: plain
// HTTP on /dev/incus/sock, answered for root only, and about the asking instance only. It can read keys that begin with
// user. or cloud-init., the devices, the meta-data, events and public images; the one thing that it can change is whether the
// instance counts as ready. Statements about the server were seen on 6.0.4.
package guest
