package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	incus "github.com/lxc/incus/v6/client"
	"golang.org/x/sys/unix"
)

// Daemon is one Incus server. Its methods may be called from several goroutines, except Start, Stop, Kill and
// Restart, which wait for each other.
type Daemon struct {
	// Name is unique in the lab.
	Name string
	// Dir is the daemon's INCUS_DIR. Mounts below it are seen only inside the lab.
	Dir string

	lab     *Lab
	address string
	members []*Daemon // of its cluster, itself among them; empty: it is in none

	turn   sync.Mutex // held by Start, Stop and Kill
	mu     sync.Mutex // guards what follows
	client incus.InstanceServer
	pid    int
	ended  chan struct{}
}

func newDaemon(l *Lab, name, address string) *Daemon {
	return &Daemon{Name: name, Dir: filepath.Join(l.Dir, name), lab: l, address: address}
}

// Address is the host and port that the daemon listens on.
func (d *Daemon) Address() string { return d.address }

// URL is the address as clients write it: https://127.x.y.z:8443.
func (d *Daemon) URL() string { return "https://" + d.address }

// Socket is the path of the daemon's Unix socket, on which every request is trusted.
func (d *Daemon) Socket() string { return filepath.Join(d.Dir, "unix.socket") }

// LogFile is where the daemon logs; it grows over restarts.
func (d *Daemon) LogFile() string { return filepath.Join(d.lab.Dir, d.Name+".log") }

// Env is the environment, over a minimal one, in which the incus command talks to this daemon.
func (d *Daemon) Env() []string { return []string{"INCUS_DIR=" + d.Dir, "HOME=" + d.lab.Dir} }

// Client is a connection over the Unix socket, in the project default. It is nil before the first Start, and works
// again after every later one.
func (d *Daemon) Client() incus.InstanceServer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.client
}

// Project is Client in another project; an empty name means default.
func (d *Daemon) Project(name string) incus.InstanceServer {
	if name == "" {
		name = "default"
	}
	return d.Client().UseProject(name)
}

// PID is the daemon's process as the host counts it, 0 when it does not run.
func (d *Daemon) PID() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pid
}

// Running says whether the daemon's process exists.
func (d *Daemon) Running() bool { return d.PID() != 0 }

// Start starts the daemon with the directory and address that it had before, and returns when it answers on both its
// socket and its address. Starting a running daemon does nothing.
func (d *Daemon) Start(ctx context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.Running() {
		return nil
	}
	if err := d.launch(); err != nil {
		return fmt.Errorf("start daemon %s: %w", d.Name, err)
	}
	if err := d.awaitReady(ctx); err != nil {
		_ = d.end(unix.SIGKILL)
		return fmt.Errorf("start daemon %s: %w; its log ends with:\n%s", d.Name, err, d.LogTail(10))
	}
	d.lab.logf("daemon %s is ready at %s, process %d", d.Name, d.URL(), d.PID())
	return nil
}

// Stop ends the daemon as a service manager would and returns when it is gone. Its containers keep running.
func (d *Daemon) Stop() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	return d.end(unix.SIGTERM)
}

// Kill ends the daemon as a crash would and returns when it is gone. Its containers keep running.
func (d *Daemon) Kill() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	return d.end(unix.SIGKILL)
}

// Restart is Stop and Start.
func (d *Daemon) Restart(ctx context.Context) error {
	if err := d.Stop(); err != nil {
		return err
	}
	return d.Start(ctx)
}

// LogTail is the last lines of the daemon's log.
func (d *Daemon) LogTail(lines int) string {
	data, err := os.ReadFile(d.LogFile())
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
