// Package remote talks to the two Incus servers. It alone imports the Incus client, and it is the last place that tells
// instances from volumes.
package remote
