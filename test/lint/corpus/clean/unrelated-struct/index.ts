interface Alert {
  type: "status";
  status: number;
}
export const alert: Alert = { type: "status", status: 1 };
interface Light {
  type: "status";
  status: "done";
  colour: string;
}
export const light: Light = { type: "status", status: "done", colour: "red" };
