// Package check judges what was found on this machine and on both servers: everything that can make the next run fail, before it
// does. It is pure: it reads no clock, no file and no server.
package check
