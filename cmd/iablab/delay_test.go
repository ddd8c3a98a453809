package main

import (
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestADelayTakesNothingFromTheRate: everything arrives later by the same time, however much is on its way.
func TestADelayTakesNothingFromTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, sender := io.Pipe()
		receiver, out := io.Pipe()
		go func() {
			later(out, in, oneWay)
			_ = out.Close()
		}()
		const words = 10
		began := time.Now()
		go func() {
			for range words {
				_, _ = sender.Write([]byte("word"))
				time.Sleep(time.Millisecond)
			}
			_ = sender.Close()
		}()
		data := make([]byte, 4)
		for i := range words {
			if _, err := io.ReadFull(receiver, data); err != nil || string(data) != "word" {
				t.Fatalf("%q: %v", data, err)
			}
			if took := time.Since(began); took != oneWay+time.Duration(i)*time.Millisecond {
				t.Errorf("word %d arrives after %s", i, took)
			}
		}
		if _, err := receiver.Read(data); err != io.EOF {
			t.Errorf("after the end comes %v", err)
		}
	})
}

func TestRequestsAreCountedByWhatTheyAreAbout(t *testing.T) {
	for path, want := range map[string]string{
		"/1.0":                                                 "server",
		"/1.0/instances":                                       "instances",
		"/1.0/instances/c1":                                    "instance",
		"/1.0/instances/c1/snapshots":                          "snapshots",
		"/1.0/storage-pools/local":                             "storage-pools",
		"/1.0/storage-pools/local/volumes":                     "volumes",
		"/1.0/storage-pools/local/volumes/custom":              "volumes",
		"/1.0/storage-pools/local/volumes/custom/v1":           "volume",
		"/1.0/storage-pools/local/volumes/custom/v1/snapshots": "snapshots",
		"/1.0/operations/1-2-3":                                "operations",
	} {
		if got := about(path); got != want {
			t.Errorf("%s is about %q, want %q", path, got, want)
		}
	}
}
