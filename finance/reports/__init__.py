"""THE PAGES OF MONEY: a report as table, CSV, workbook, page, JSON and FOCUS rows, and the pack of a closed month."""
