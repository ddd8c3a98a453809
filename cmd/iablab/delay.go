package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"iab/internal/lab"
)

const (
	// oneWay is how long a byte takes between the client and a server in the part "delay".
	oneWay = 25 * time.Millisecond
	// pieces is how many pieces of data may be on their way, of up to pieceSize bytes.
	pieces    = 1024
	pieceSize = 32 << 10
)

// delay is the part of that name: the contest through proxies that let everything take longer.
func (b *bench) delay(ctx context.Context) error {
	fronts := map[*lab.Daemon]front{}
	for _, d := range b.lab.Daemons {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer func() { _ = listener.Close() }()
		go delayed(ctx, listener, strings.TrimPrefix(d.URL(), "https://"), oneWay)
		pinned, err := os.ReadFile(filepath.Join(b.dir, "credentials", "servers", strings.ReplaceAll(strings.TrimPrefix(d.URL(), "https://"), ":", "_")+".pem"))
		if err != nil {
			return err
		}
		fronts[d] = front{"https://" + listener.Addr().String(), pinned}
	}
	dir, err := b.redirect(b.dir, fronts)
	if err != nil {
		return err
	}
	c := &contest{bench: b, name: "delay", dir: dir, incus: filepath.Join(dir, "incus"), widths: []int{1, 4}, rounds: 1}
	if err := os.CopyFS(c.incus, os.DirFS(filepath.Join(b.dir, "incus"))); err != nil {
		return err
	}
	for d, f := range fronts {
		cmd := exec.CommandContext(ctx, "incus", "remote", "set-url", d.Name, f.url)
		cmd.Env = b.envWith(c.incus)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("incus remote set-url: %w: %s", err, out)
		}
	}
	if err := c.take(ctx); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%d containers and %d volumes, nothing changed, %s each way between the client and both servers, one round\n", b.containers, b.volumes, oneWay)
	c.printRatios()
	fmt.Fprintf(b.out, "  iab / sequential loop:        %.2f  (at most 0.20)\n", ratio(slices.Min(c.iab), slices.Min(c.loop[1])))
	return nil
}

// delayed passes every connection on to an address, and everything in it later.
func delayed(ctx context.Context, listener net.Listener, address string, by time.Duration) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer client.Close()
			time.Sleep(2 * by) // what it takes to set a connection up
			server, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err != nil {
				return
			}
			defer server.Close()
			ended := make(chan struct{}, 2)
			for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
				go func() {
					later(way[1], way[0], by)
					ended <- struct{}{}
				}()
			}
			<-ended
		}()
	}
}

// piece is some data, and when it arrives.
type piece struct {
	data []byte
	due  time.Time
}

// later copies from one end to the other with a delay that takes nothing from the rate.
func later(to io.Writer, from io.Reader, by time.Duration) {
	under := make(chan piece, pieces)
	go func() {
		defer close(under)
		for {
			data := make([]byte, pieceSize)
			n, err := from.Read(data)
			if n > 0 {
				under <- piece{data[:n], time.Now().Add(by)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range under {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			return
		}
	}
}
