#pragma once

#include <cstddef>

#include "model/container.hpp"

namespace taffrail {

// What an engine tells of a container, an event or a host is kept as long as that exists, sent to every page and looked
// through by every filter. Real ones are far below these bounds; what an engine that is broken or hostile says beyond
// them is cut off.

/// A name, an image, a state's detail: Docker's own names have at most 255 bytes, image references with digests some
/// 350.
inline constexpr std::size_t max_name_bytes = 1024;
/// A command line; the rest is of no use to anybody.
inline constexpr std::size_t max_command_bytes = 4096;
/// Labels of a container, attributes of an event: a Compose service with a proxy's rules has about 60.
inline constexpr std::size_t max_labels = 256;
/// A label's name and value together; some tools keep JSON in there.
inline constexpr std::size_t max_label_bytes = 4096;
/// All of them together.
inline constexpr std::size_t max_labels_bytes = 32UZ * 1024;
/// A container that publishes a range of ports has one entry for each.
inline constexpr std::size_t max_ports = 512;
/// One of them: two addresses and a protocol.
inline constexpr std::size_t max_port_bytes = 128;

/// Cuts off what is beyond the bounds. Nothing of what is within them is touched.
void bound(Container& container);
void bound(ContainerEvent& event);
void bound(Host& host);

/// About what a container takes of memory, in bytes.
[[nodiscard]] std::size_t weight_of(const Container& container);

}  // namespace taffrail
