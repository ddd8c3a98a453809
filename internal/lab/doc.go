// Package lab runs real Incus daemons, one to many, that exist only as long as the program that asked for them.
//
// A lab is built so that nothing can outlive it. A keeper process holds a PID namespace and a mount namespace, and
// every daemon, container and mount of the lab lives inside. The keeper waits on a pipe whose other end only the owner
// has: when the owner closes the lab, or dies by whatever means, the kernel ends every process in the namespace,
// drops its mounts and frees its loop devices, and the keeper's parent removes the directory and the control groups.
// Should the keeper be killed too, the next Start finds the lab's record unlocked and does the same.
//
// No process is ever looked for by name: a lab never touches an Incus that it did not start.
package lab
