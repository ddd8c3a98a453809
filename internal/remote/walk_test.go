package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/pkg/sftp"
)

// servedFiles are served by the other end of the connection.
func servedFiles(t *testing.T) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	server, err := sftp.NewServer(theirs, sftp.ReadOnly())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve()
	}()
	t.Cleanup(func() { ours.Close(); <-done })
	return ours
}

func TestFilesAreAskedForAgainWhenTheirHelperHasGone(t *testing.T) {
	p := patient()
	p.pace.files = 50 * time.Millisecond
	begun, tries := time.Now(), 0
	client, err := p.openFiles(t.Context(), func() (net.Conn, error) {
		if tries++; tries == 1 {
			return nil, fmt.Errorf("dial unix /proc/self/fd/37/%s or directory", lostHelper)
		}
		return servedFiles(t), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Lstat("/"); err != nil || tries != 2 || time.Since(begun) < p.pace.files {
		t.Errorf("after %d tries in %s: %v", tries, time.Since(begun), err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

func TestFilesThatCanNotBeOpenedAreNotAskedForAgain(t *testing.T) {
	tries := 0
	_, err := patient().openFiles(t.Context(), func() (net.Conn, error) { tries++; return nil, errLasting })
	if !errors.Is(err, errLasting) || tries != 1 {
		t.Errorf("after %d tries: %v", tries, err)
	}
}

func TestAnInterruptionEndsTheWaitForFiles(t *testing.T) {
	p := patient()
	p.pace.files = time.Hour
	hangs, late := make(chan struct{}), make(chan net.Conn, 1)
	for name, dial := range map[string]func() (net.Conn, error){
		"for the helper": func() (net.Conn, error) {
			return nil, errors.New(lostHelper)
		},
		"for the server": func() (net.Conn, error) {
			<-hangs
			ours, theirs := net.Pipe()
			late <- theirs
			return ours, nil
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := p.openFiles(ctx, dial); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	close(hangs)
	if _, err := (<-late).Read(make([]byte, 1)); err == nil {
		t.Error("the connection that came too late is open")
	}
}
