// Package e2e holds the scenarios that run the real binary between real Incus daemons. They need the build tag e2e, root,
// and what `iablab missing` lists; without these they fail, they never skip.
package e2e
