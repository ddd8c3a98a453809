package remote

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// instanceLogs are the logs of what runs an instance: of a container, and of a virtual machine.
var instanceLogs = []string{"lxc.log", "qemu.log"}

// maxLog is how much of a log is read, in bytes.
const maxLog = 1 << 20

// explained adds to an error of a start what the instance's own log says: the server's answer names only the command that
// failed (seen on 6.0.4).
func (c *projectClient) explained(name string, err error) error {
	reason := c.reason(name)
	if reason == "" {
		return err
	}
	return fmt.Errorf("%w; its log says: %s", err, reason)
}

// reason is the line of an instance's log that tells why it did not start, "" if there is none to be had.
func (c *projectClient) reason(name string) string {
	files, err := c.GetInstanceLogfiles(name)
	if err != nil {
		return ""
	}
	for _, file := range instanceLogs {
		if !slices.Contains(files, file) {
			continue
		}
		log, err := c.GetInstanceLogfile(name, file)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(log, maxLog))
		log.Close()
		if err == nil {
			return foreign(culprit(string(text)))
		}
	}
	return ""
}

// culprit is the first error of a log, which those behind it follow from; without an error it is the last line.
func culprit(log string) string {
	last := ""
	for line := range strings.Lines(log) {
		if _, message, ok := strings.Cut(line, " ERROR "); ok {
			return withoutOrigin(message)
		}
		if strings.TrimSpace(line) != "" {
			last = strings.TrimSpace(line)
		}
	}
	return last
}

// withoutOrigin takes away which line of which program wrote the message: "start - ../src/lxc/start.c:start:2197 - …".
func withoutOrigin(message string) string {
	if parts := strings.SplitN(message, " - ", 3); len(parts) == 3 {
		message = parts[2]
	}
	return strings.TrimSpace(message)
}
