"""Who looks after a deployment: logs, measurements, alerts, the workbook, the budget."""
