package daemon

import (
	. "example.org/runs/internal/model"
	m "example.org/runs/internal/model"
)

// What the rules of the predecessor pass, and a pattern can say. Each line is marked `passed` for the comparison.
func (d *Daemon) unnoticed(ref string) {
	a := m.NewStatusEventWithReason(ref, "failed", "x") // finds: run-status (passed)
	b := m.NewStatusEvent(ref, "failed") // finds: run-status (passed)
	c := NewStatusEvent(ref, "failed") // finds: run-status (passed)
	kind := m.EventType("status")
	e := m.Event{Type: kind} // finds: run-status (passed)
	e.Type = "status" // finds: run-status (passed)
	f := m.Event{"status", ref} // finds: run-status (passed)
	d.store.AppendEvent(ref, a) // finds: status-append (passed)
	go d.store.AppendEvent(ref, b) // finds: status-append (passed)
	defer d.store.AppendEvent(ref, c) // finds: status-append (passed)
	_, _ = e, f
}

func (d *Daemon) takeLease(id string) {
	d.workerLeases = nil // finds: worker-lease (passed)
	clear(d.workerLeases) // finds: worker-lease (passed)
	d.workerLeases[id].Active = true // finds: worker-lease (passed)
	lease := d.workerLeases[id]
	lease.DispatchCount = 2 // finds: worker-lease (passed)
	all := d.workerLeases // finds: worker-lease (passed)
	delete(all, id)
}
