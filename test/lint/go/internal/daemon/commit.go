package daemon

import "example.org/runs/internal/model"

type Monitor struct{ store Store }
type Daemon struct{ store Store }

type Store interface {
	AppendEvent(ref string, event model.Event) error
}

// commitRunStatus is the one place that writes a status.
func (m *Monitor) commitRunStatus(ref string, status string) error {
	return m.store.AppendEvent(ref, model.NewStatusEventWithReason(ref, status, "seen"))
}

func (d *Daemon) appendExternal(ref string, event model.Event) error {
	return d.store.AppendEvent(ref, model.NewEvent(ref, model.EventTypeStatus))
}
