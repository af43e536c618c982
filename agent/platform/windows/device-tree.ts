/** A device as Windows lists it. Ids are compared without regard to case. */
export interface DeviceNode {
  /** Instance id: `USBSTOR\DISK&VEN_…\SERIAL&0`. */
  id: string;
  /** GUID of the setup class. */
  classId: string;
  parent: string | undefined;
  hardwareIds: string[];
  compatibleIds: string[];
  service: string | undefined;
  /** `Port_#0004.Hub_#0001`. */
  location: string | undefined;
  /** 1: is not to be removed; 2: after being told; 3: at any time. */
  removalPolicy: number | undefined;
  /** What the device calls itself, in its own words (iProduct). */
  reportedName: string | undefined;
  /** Why it does not work; 22: it was disabled. */
  problem: number | undefined;
  /** When it was last plugged in, as Windows counts time; tells one visit from another. */
  arrived: string | undefined;
}

/** GUIDs of setup classes: what a device is, whoever made it. */
export const setupClasses = {
  disk: '4d36e967-e325-11ce-bfc1-08002be10318',
  optical: '4d36e965-e325-11ce-bfc1-08002be10318',
  floppy: '4d36e980-e325-11ce-bfc1-08002be10318',
  portable: 'eec5ad98-8080-425f-922a-dabf3de3f69a',
  keyboard: '4d36e96b-e325-11ce-bfc1-08002be10318',
  mouse: '4d36e96f-e325-11ce-bfc1-08002be10318',
} as const;

/** GUIDs of what devices offer to programs. */
export const interfaceClasses = {
  disk: '53f56307-b6bf-11d0-94f2-00a0c91efb8b',
  optical: '53f56308-b6bf-11d0-94f2-00a0c91efb8b',
  floppy: '53f56311-b6bf-11d0-94f2-00a0c91efb8b',
} as const;

export const disabledProblem = 22;

/** The devices by id in capitals, with who is above and below whom. */
export interface DeviceTree {
  nodes: readonly DeviceNode[];
  get(id: string): DeviceNode | undefined;
  /** The device and all above it, from the bottom up. */
  upwards(node: DeviceNode): DeviceNode[];
  /** All below a device, without itself. */
  below(node: DeviceNode): DeviceNode[];
}

const deepest = 32;

export function deviceTree(nodes: readonly DeviceNode[]): DeviceTree {
  const byId = new Map(nodes.map((node) => [node.id.toUpperCase(), node]));
  const children = Map.groupBy(nodes, ({ parent }) => parent?.toUpperCase() ?? '');
  const get = (id: string) => byId.get(id.toUpperCase());

  function below(node: DeviceNode, depth = 0): DeviceNode[] {
    if (depth > deepest) return [];
    return (children.get(node.id.toUpperCase()) ?? []).flatMap((child) => [child, ...below(child, depth + 1)]);
  }

  return {
    nodes,
    get,
    below: (node) => below(node),
    upwards(node) {
      const above: DeviceNode[] = [];
      for (
        let at: DeviceNode | undefined = node;
        at && above.length < deepest;
        at = at.parent ? get(at.parent) : undefined
      ) {
        above.push(at);
      }
      return above;
    },
  };
}
