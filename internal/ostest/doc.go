// Package ostest is test support: a server that speaks as much of Incus and of IncusOS as archives need, over real TLS, and is as
// unkind as the real ones were seen to be.
package ostest
