/* SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial */
/* What the two halves of the agent, its table and its wire, share. */
#ifndef QUBES_GUI_AGENT_PARTS_H
#define QUBES_GUI_AGENT_PARTS_H

#include <qubes-gui/agent.h>

/*
 * Queues a message. Without a listener that is no failure: the state is told when there is one.
 * A daemon that reads so little that state no longer fits is given up.
 */
enum gui_status gui_agent_tell(struct gui_agent *agent, const struct gui_message *message);

struct gui_agent_window *gui_agent_window(const struct gui_agent *agent, uint32_t id);

enum gui_status gui_agent_tell_configure(struct gui_agent *agent, uint32_t id,
                                         const struct gui_agent_state *state);

/* Tells of a window of which the daemon has never heard. */
enum gui_status gui_agent_tell_new(struct gui_agent *agent, const struct gui_agent_window *window);

#endif
